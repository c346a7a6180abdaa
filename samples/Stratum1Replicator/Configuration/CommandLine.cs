namespace Stratum1Replicator;

/// <summary>The options of the command line, as configuration keys.</summary>
internal static class CommandLine
{
    public const string Help = """
        Replicates a CernVM-FS repository, verifies it, serves it as a Stratum 1, and follows new revisions.

        Without options: a demonstration. A Stratum 0 in this process publishes a small signed repository on loopback, and a new revision
        now and then; no network and no configuration are needed.

          --upstream URL         repository to replicate (http://host/cvmfs/name), several joined by commas, or a folder
          --key FILE             its master public key, or a folder of keys
          --repository NAME      its name, where the last part of the URL is not it
          --storage DIR          folder for the replica; default: a temporary one
          --urls URL             where to serve it; default http://127.0.0.1:0, a free port
          --poll TIME            time between looks for a new revision, hh:mm:ss; default 00:05:00 (demonstration: 00:00:05)
          --once                 one snapshot, verify, end
          --demo-revisions N     demonstration: publish N more revisions, replicate them, end
          --demo-interval TIME   demonstration: time between revisions; default 00:00:10
          --help                 this text

        The same settings can stand in appsettings.json, section "Stratum1". With HintSecret there, or Stratum1__HintSecret in the environment (at
        least 32 characters), a publisher makes the next look come at once:
          curl -X POST -H "Authorization: Bearer SECRET" http://server/cvmfs/NAME/api/v1.0/hint
        Where the line is not encrypted, sign instead of sending the secret; a signature counts once, within five minutes:
          T=$(date +%s); S=$(printf '%s\n%s\n' $T NAME | openssl dgst -sha256 -hmac SECRET -r | cut -d' ' -f1)
          curl -X POST -H "X-Cvmfs-Timestamp: $T" -H "X-Cvmfs-Signature: sha256=$S" http://server/cvmfs/NAME/api/v1.0/hint
        Ctrl-C ends the program in order: exit code 0. Other exit codes: 1 failed, 2 usage, 3 verification failed, 4 upstream unreachable,
        5 locked by another run, 6 storage full or failed, 7 incomplete.
        """;

    private static readonly Dictionary<string, string> Keys = new()
    {
        ["--upstream"] = "Upstream",
        ["--key"] = "Key",
        ["--repository"] = "Repository",
        ["--storage"] = "Storage",
        ["--urls"] = "Urls",
        ["--poll"] = "PollInterval",
        ["--once"] = "Once",
        ["--demo-revisions"] = "DemoRevisions",
        ["--demo-interval"] = "DemoInterval",
    };

    /// <summary>Turns arguments into settings. False and a message for what is no option.</summary>
    public static bool TryParse(string[] args, out Dictionary<string, string?> settings, out string? error)
    {
        settings = [];
        error = null;
        for (int i = 0; i < args.Length; i++)
        {
            string[] parts = args[i].Split('=', 2);
            if (!Keys.TryGetValue(parts[0], out string? key)) error = $"unknown option {args[i]}; --help lists them.";
            else if (key == "Once") settings[$"{Stratum1Options.Section}:{key}"] = "true";
            else if (parts.Length == 2) settings[$"{Stratum1Options.Section}:{key}"] = parts[1];
            else if (i + 1 < args.Length) settings[$"{Stratum1Options.Section}:{key}"] = args[++i];
            else error = $"{args[i]} needs a value.";
            if (error is not null) return false;
        }

        return true;
    }
}
