using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Transport.Proxies;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Cli.Commands;

/// <summary>The arguments of every command that opens a repository: where it is, what to trust, which revision.</summary>
internal sealed class RepositoryArguments
{
    private const string DateFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public Argument<string> Source { get; } = new("SOURCE")
    {
        Description = "http://host/cvmfs/<repository>, several joined by commas, or a folder.",
    };

    public Option<string[]> Keys { get; } = new("--key", "-k")
    {
        Description = "Public master key: a file, or a folder of *.pub files. Repeatable.",
        HelpName = "KEY",
    };

    public Option<string?> Tag { get; } = new("--tag") { Description = "The revision with this tag.", HelpName = "TAG" };

    public Option<ulong?> Revision { get; } = new("--revision") { Description = "The revision with this number.", HelpName = "N" };

    public Option<string?> Date { get; } = new("--date") { Description = "What was current at this time, as 2026-01-31T12:00:00Z.", HelpName = "TIME" };

    public Option<string?> RootHash { get; } = new("--root-hash") { Description = "Exactly this root catalog; needs no key.", HelpName = "HASH" };

    public Option<bool> AllowUnverified { get; } = new("--allow-unverified") { Description = "Believe the manifest without checking who signed it." };

    public Option<string?> Name { get; } = new("--name") { Description = "The name that must be signed, where the address is an alias.", HelpName = "FQRN" };

    public Option<string?> Blacklist { get; } = new("--blacklist") { Description = "File of certificates and revisions to refuse.", HelpName = "FILE" };

    public Option<string?> ExternalUrl { get; } = new("--external-url") { Description = "Web server of external data.", HelpName = "URL" };

    public Option<string?> Cache { get; } = new("--cache") { Description = "Folder that keeps objects for the next time.", HelpName = "DIR" };

    public Option<string> CacheSize { get; } = new("--cache-size")
    {
        Description = "Most bytes of it, such as 4GB.",
        HelpName = "SIZE",
        DefaultValueFactory = _ => "4GB",
    };

    public Option<string?> Proxy { get; } = ProxyOption.Create();

    public RepositoryArguments()
    {
        Date.Validators.Add(result => Refuse(result, text => TryParseDate(text, out _), $"is no time; expected {DateFormat.Replace("'", "", StringComparison.Ordinal)}"));
        RootHash.Validators.Add(result => Refuse(result, text => ContentHash.TryParse(text, out _), "is no content hash"));
        Name.Validators.Add(result => Refuse(result, text => RepositoryName.TryParse(text, out _), "is no repository name"));
        ExternalUrl.Validators.Add(result => Refuse(result, text => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https", "is no http or https URL"));
        CacheSize.Validators.Add(result => Refuse(result, text => ByteSize.TryParse(text, out long bytes) && bytes > 0, "is no size"));
    }

    /// <summary>Adds everything to a command, the source first.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Insert(0, Source);
        foreach (var option in (Option[])[Keys, Tag, Revision, Date, RootHash, AllowUnverified, Name, Blacklist, ExternalUrl, Proxy, Cache, CacheSize]) command.Options.Add(option);
        command.Validators.Add(result =>
        {
            Option[] given = [.. ((Option[])[Tag, Revision, Date, RootHash]).Where(option => result.GetResult(option) is { Implicit: false })];
            if (given.Length > 1) result.AddError($"{string.Join(" and ", given.Select(option => option.Name))} both choose a revision; give one.");
        });
    }

    /// <summary>Opens the repository that the command line describes. The caller disposes it.</summary>
    public async Task<CvmfsRepository> OpenAsync(ParseResult parse, CliHost host, CancellationToken cancellationToken)
    {
        var options = await ReadOptionsAsync(parse, host, cancellationToken);
        string source = parse.GetRequiredValue(Source);
        try
        {
            var proxies = parse.GetValue(Proxy) is { } list ? ClientProxyList.Parse(list) : null;
            var fetched = RepositorySource.Open(source, new RepositorySourceOptions { Proxies = proxies, ProxyGroups = { TimeProvider = host.Clock } });
            return await CvmfsRepository.OpenAsync(fetched, options, leaveOpen: false, cancellationToken);
        }
        catch (ArgumentException refused)
        {
            throw CliException.Usage(refused.Message);
        }
        catch (CvmfsTrustException refused) when (refused.Failure == TrustFailure.NoMasterKeys)
        {
            throw new CliException(
                ExitCodes.VerificationFailed,
                $"no key to verify {source} with.",
                "Give the public key with -k FILE_OR_DIR, or --root-hash HASH, or --allow-unverified.");
        }
        catch (CvmfsTrustException refused)
        {
            throw new CliException(ExitCodes.VerificationFailed, refused.Message, HintFor(refused.Failure), refused);
        }
    }

    private async Task<CvmfsRepositoryOptions> ReadOptionsAsync(ParseResult parse, CliHost host, CancellationToken cancellationToken)
    {
        return new CvmfsRepositoryOptions
        {
            Keys = await KeyFiles.LoadAsync(parse.GetValue(Keys) ?? [], cancellationToken),
            RootHash = parse.GetValue(RootHash) is { } hash ? ContentHash.Parse(hash) : default,
            Tag = parse.GetValue(Tag),
            Revision = parse.GetValue(Revision),
            Date = parse.GetValue(Date) is { } time && TryParseDate(time, out var date) ? date : null,
            AllowUnverified = parse.GetValue(AllowUnverified),
            RepositoryName = parse.GetValue(Name) is { } name ? RepositoryName.Parse(name) : default,
            Blacklist = parse.GetValue(Blacklist) is { } file ? Trust.Blacklist.Parse(await File.ReadAllBytesAsync(file, cancellationToken)) : Trust.Blacklist.Empty,
            ExternalUrl = parse.GetValue(ExternalUrl) is { } url ? new Uri(url) : null,
            Cache = parse.GetValue(Cache) is { } folder ? ObjectCache.InFolder(folder, ByteSize.Parse(parse.GetRequiredValue(CacheSize)), host.Clock) : null,
            SymlinkVariables = variable => host.Environment.GetValueOrDefault(variable),
            TimeProvider = host.Clock,
        };
    }

    private static string? HintFor(TrustFailure failure) => failure switch
    {
        TrustFailure.ManifestNameMismatch => "If the address is an alias, give the repository's name with --name.",
        TrustFailure.BadWhitelistSignature => "None of the given keys signed this repository; check -k.",
        TrustFailure.WhitelistExpired => "The publisher has to sign the whitelist anew. Check this machine's clock, too.",
        _ => null,
    };

    private static void Refuse(OptionResult result, Func<string, bool> isRight, string complaint)
    {
        if (result.Tokens is [{ Value: var text }] && !isRight(text)) result.AddError($"{result.Option.Name}: \"{text}\" {complaint}.");
    }

    private static bool TryParseDate(string text, out DateTimeOffset date)
        => DateTimeOffset.TryParseExact(text, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out date);
}
