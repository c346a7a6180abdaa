namespace Stratum1Replicator.Configuration;

/// <summary>The options of the command line, as configuration keys.</summary>
internal static class CommandLine
{
    public const string Help = """
        Replicates CernVM-FS repositories, verifies them, serves them as a Stratum 1, and follows new revisions.

        Without options: a demonstration. A Stratum 0 in this process publishes a small signed repository on loopback, and a new revision
        now and then; no network and no configuration are needed.

        One repository:
          --upstream URL         repository to replicate (http://host/cvmfs/name), several joined by commas, or a folder
          --key FILE             its master public key, or a folder of keys
          --repository NAME      its name, where the last part of the URL is not it
          --storage DIR          folder for the replica; default: a temporary one
          --poll TIME            time between looks for a new revision, hh:mm:ss; default 00:05:00 (demonstration: 00:00:05)
          --once                 one snapshot, verify, end
          --demo-revisions N     demonstration: publish N more revisions, replicate them, end
          --demo-interval TIME   demonstration: time between revisions; default 00:00:10

        A service with many repositories (docs/stratum1.md):
          --config FILE          settings besides appsettings.json; changes are taken up while it runs, and on SIGHUP
          --config-dir DIR       the reference's configuration, such as /etc/cvmfs: takes over all of its replicas

        Both:
          --urls URL             where to serve; default http://127.0.0.1:0, a free port
          --admin-urls URL       where to answer /status and /metrics; default for services http://127.0.0.1:9180, else a free port
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
        ["--admin-urls"] = "AdminUrls",
        ["--config"] = ConfigFile,
        ["--config-dir"] = "ConfigDir",
        ["--poll"] = "PollInterval",
        ["--once"] = "Once",
        ["--demo-revisions"] = "DemoRevisions",
        ["--demo-interval"] = "DemoInterval",
    };

    private const string ConfigFile = "config file";

    /// <summary>Turns arguments into settings. False and a message for what is no option.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="configFile">A file of settings; null for none.</param>
    /// <param name="error">What is wrong.</param>
    public static bool TryParse(string[] args, out Dictionary<string, string?> settings, out string? configFile, out string? error)
    {
        settings = [];
        configFile = error = null;
        for (int i = 0; i < args.Length; i++)
        {
            string[] parts = args[i].Split('=', 2);
            if (!Keys.TryGetValue(parts[0], out string? key)) error = $"unknown option {args[i]}; --help lists them.";
            else if (key == "Once") settings[$"{Stratum1Options.Section}:{key}"] = "true";
            else if (parts.Length == 2) Take(parts[1], settings, ref configFile);
            else if (i + 1 < args.Length) Take(args[++i], settings, ref configFile);
            else error = $"{args[i]} needs a value.";
            if (error is not null) return false;

            void Take(string value, Dictionary<string, string?> settings, ref string? file)
            {
                if (key == ConfigFile) file = value;
                else settings[$"{Stratum1Options.Section}:{key}"] = value;
            }
        }

        return true;
    }
}
