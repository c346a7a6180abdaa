using System.Text;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Documents;
using Cvmfs.Net.History;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Asks a server for everything that says how one repository is there.</summary>
internal sealed class RepositoryScrape(EndpointClient client, ScraperOptions options, Uri baseUrl, ChosenRepository chosen, bool isReplica, SemaphoreSlim samplers)
{
    // Real ones are below 1 KiB; limits are generous and still far below what could hurt.
    private const int MaxSignedBytes = 64 << 10;
    private const int MaxJsonBytes = 1 << 20;
    private const int MaxDateBytes = 4 << 10;
    private const int MaxCatalogKept = 16 << 20;
    private const int MaxHistoryKept = 2 << 20;
    private const int MaxHistoryRead = 32 << 20;
    private const int MaxRevisionsKept = 500;
    private static readonly TimeSpan ToleratedSkew = TimeSpan.FromMinutes(5);

    private readonly List<ReportWarning> _warnings = [];

    private RepositoryName Name => chosen.Name;

    /// <summary>Fetches, verifies as far as keys allow, and reports. One broken document spoils no other.</summary>
    public async Task<RepositoryReport> RunAsync(CancellationToken cancellationToken)
    {
        bool hasSnapshots = isReplica && !chosen.IsPassThrough;
        var manifest = GetAsync("manifest", RootFileNames.Manifest, MaxSignedBytes);
        var whitelist = GetAsync("whitelist", RootFileNames.Whitelist, MaxSignedBytes);
        var status = GetAsync("status", RootFileNames.Status, MaxJsonBytes);
        var running = hasSnapshots ? GetAsync("is_snapshotting", RootFileNames.IsSnapshotting, MaxDateBytes) : null;

        var report = new RepositoryReport
        {
            Name = Name,
            Path = chosen.Path,
            IsPassThrough = chosen.IsPassThrough,
            IsListed = chosen.IsListed,
            IsReplica = isReplica,
            IsExpected = chosen.IsExpected,
            Outcome = RepositoryOutcome.Unreachable,
        };
        report = ReadStatus(report, await status.ConfigureAwait(false));
        if (hasSnapshots && report.Status.LastSnapshot is null) report = await ReadLastSnapshotAsync(report).ConfigureAwait(false);
        if (running is not null) report = ReadRunning(report, await running.ConfigureAwait(false));

        var whitelistFetched = await whitelist.ConfigureAwait(false);
        report = report with { Whitelist = ReadWhitelist(whitelistFetched) };
        var fetched = await manifest.ConfigureAwait(false);
        report = report with { ManifestAge = fetched.Report.Age };
        if (fetched.Body is not { } document)
        {
            bool isAbsent = fetched.Error is ErrorClass.Http404 or ErrorClass.Http403;
            report = report with { Outcome = isAbsent ? RepositoryOutcome.Missing : RepositoryOutcome.Unreachable, Error = fetched.Error, Detail = fetched.Detail };
            return Finish(report, null);
        }

        report = ReadManifest(report, document, fetched.Report);
        if (report.Manifest is null || report.Error == ErrorClass.ManifestDigest) return Finish(report, null);
        var (objects, certificate, history) = await AskForObjectsAsync(report.Manifest, cancellationToken).ConfigureAwait(false);
        report = report with { Objects = objects, PublishHistory = history };
        if (report.Outcome != RepositoryOutcome.Invalid && options.Keys.Count > 0) report = await VerifyAsync(report, document, whitelistFetched, certificate).ConfigureAwait(false);
        return Finish(report, certificate);
    }

    private RepositoryReport Finish(RepositoryReport report, byte[]? certificate)
    {
        var trust = TrustProbe.Look(Name, report.Whitelist, certificate, options.Keys, options.TimeProvider.GetUtcNow()) with
        {
            IsChainValid = options.Keys.Count == 0 || report.Manifest is null ? null : report.Outcome == RepositoryOutcome.Ok,
        };
        return report with { Trust = trust, Warnings = [.. _warnings] };
    }

    private async Task<(IReadOnlyList<ObjectReport> Objects, byte[]? Certificate, IReadOnlyList<PublishedRevision> History)> AskForObjectsAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        var probe = new ObjectProbe(client, options, Name, Url);
        var certificate = AskForCertificateAsync(manifest);
        bool isSampling = options is { SamplesPerRepository: > 0, Objects: ObjectProbing.Content };
        var others = new List<Task<(ObjectReport Report, byte[]? Stored)>>();
        if (options.Objects != ObjectProbing.None)
        {
            others.Add(probe.AskAsync(ObjectKind.Catalog, manifest.RootCatalogKey, manifest.HasAlternativePaths, isSampling ? MaxCatalogKept : 0));
            if (manifest.HistoryKey is { } history) others.Add(probe.AskAsync(ObjectKind.History, history, keepBytes: MaxHistoryKept));
            if (manifest.MetaInfoKey is { } meta) others.Add(probe.AskAsync(ObjectKind.MetaInfo, meta));
        }

        var objects = new List<ObjectReport>();
        IReadOnlyList<PublishedRevision> published = [];
        IReadOnlyList<ObjectReport> samples = [];
        byte[]? certificateBytes = null;
        if (await certificate.ConfigureAwait(false) is { } named)
        {
            objects.Add(named.Report with { IsRoot = true });
            certificateBytes = named.Stored;
        }

        foreach (var other in others)
        {
            var (report, stored) = await other.ConfigureAwait(false);
            objects.Add(report with { IsRoot = true });
            if (stored is null) continue;
            if (report.Kind == ObjectKind.History) published = ReadHistory(stored);
            if (report.Kind == ObjectKind.Catalog) samples = await SampleAsync(probe, stored, manifest.Revision, cancellationToken).ConfigureAwait(false);
        }

        return ([.. objects.OrderBy(one => one.Kind), .. samples], certificateBytes, published);
    }

    /// <summary>The certificate is needed whole, whatever is asked of the other objects.</summary>
    private async Task<(ObjectReport Report, byte[]? Stored)?> AskForCertificateAsync(Manifest manifest)
    {
        if (manifest.CertificateKey is not { } key) return null;
        string file = manifest.HasAlternativePaths ? ObjectPath.AlternativeOf(key) : ObjectPath.Of(key);
        var (body, error, detail, report) = await GetAsync("certificate", file, MaxSignedBytes).ConfigureAwait(false);
        if (body is not null && Hashing.ContentHash.Compute(key.Hash.Algorithm, body) != key.Hash)
        {
            (error, detail, body) = (ErrorClass.HashMismatch, $"{report.Url} does not have the hash of its name over {report.Bytes} bytes", null);
            client.Reject(report, error, detail);
        }

        var outcome = error switch
        {
            ErrorClass.None => ObjectOutcome.Ok,
            ErrorClass.Http404 or ErrorClass.Http403 => ObjectOutcome.Missing,
            ErrorClass.HashMismatch => ObjectOutcome.Corrupt,
            _ => ObjectOutcome.Error,
        };
        return (new ObjectReport
        {
            Kind = ObjectKind.Certificate,
            Key = key,
            Outcome = outcome,
            Error = error,
            Detail = detail,
            IsHashed = body is not null,
            Bytes = report.Bytes,
            Duration = report.Duration,
        }, body);
    }

    /// <summary>Few catalogs are open at a time, whatever the number of servers: they are the only large things here.</summary>
    private async Task<IReadOnlyList<ObjectReport>> SampleAsync(ObjectProbe probe, byte[] catalog, ulong revision, CancellationToken cancellationToken)
    {
        try
        {
            await samplers.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return []; // the server's time is used up; the endpoints say so
        }

        try
        {
            return await probe.SampleAsync(catalog, revision, cancellationToken).ConfigureAwait(false);
        }
        catch (CvmfsException odd)
        {
            _warnings.Add(new ReportWarning(ErrorClass.NotCvmfs, $"the root catalog cannot be read: {odd.Message}"));
            return [];
        }
        catch (OperationCanceledException)
        {
            return [];
        }
        finally
        {
            samplers.Release();
        }
    }

    private List<PublishedRevision> ReadHistory(byte[] stored)
    {
        try
        {
            var tags = TagDatabase.Open(ObjectCompression.Decompress(stored, CompressionId.Zlib, MaxHistoryRead, "history"), Name.ToString());
            return
            [
                .. tags.Tags
                    .Where(tag => tag.Timestamp is > 0 and < 253402300800)
                    .GroupBy(tag => tag.Revision)
                    .Select(same => new PublishedRevision(same.Key, DateTimeOffset.FromUnixTimeSeconds(same.Min(tag => tag.Timestamp))))
                    .OrderByDescending(one => one.Revision).Take(MaxRevisionsKept).Reverse(),
            ];
        }
        catch (CvmfsException odd)
        {
            _warnings.Add(new ReportWarning(ErrorClass.NotCvmfs, $"the database of tags cannot be read: {odd.Message}"));
            return [];
        }
    }

    private async Task<RepositoryReport> VerifyAsync(RepositoryReport report, byte[] document, Fetched whitelist, byte[]? certificate)
    {
        if (whitelist.Body is null) return Invalid(report, whitelist.Error == ErrorClass.Http404 ? ErrorClass.Whitelist : whitelist.Error, whitelist.Detail);
        if (report.Manifest!.CertificateKey is null) return Invalid(report, ErrorClass.Certificate, "the manifest names no certificate");
        if (certificate is null)
        {
            var asked = report.Objects.First(one => one.Kind == ObjectKind.Certificate);
            return Invalid(report, asked.Error == ErrorClass.Http404 ? ErrorClass.Certificate : asked.Error, asked.Detail);
        }

        byte[]? pkcs7 = null;
        if (report.Whitelist is { IsPkcs7: true })
        {
            var fetched = await GetAsync("pkcs7", RootFileNames.Pkcs7Whitelist, MaxSignedBytes).ConfigureAwait(false);
            if (fetched.Body is null) return Invalid(report, fetched.Error == ErrorClass.Http404 ? ErrorClass.Whitelist : fetched.Error, fetched.Detail);
            pkcs7 = fetched.Body;
        }

        try
        {
            var verified = new ManifestVerifier(options.Keys, options.Blacklist, timeProvider: options.TimeProvider)
                .Verify(Name, document, certificate, whitelist.Body, pkcs7);
            return report with { Outcome = RepositoryOutcome.Ok, Verified = verified };
        }
        catch (CvmfsTrustException refused)
        {
            return Invalid(report, ClassOf(refused.Failure), refused.Message);
        }
    }

    private RepositoryReport ReadManifest(RepositoryReport report, byte[] document, EndpointReport transfer)
    {
        if (JsonBody.LooksLikePage(document)) return Refuse(ErrorClass.NotCvmfs, "a web page where a manifest was expected");
        try
        {
            var manifest = Manifest.Parse(document, transfer.Url.AbsoluteUri);
            var letter = SignedLetter.Split(document, transfer.Url.AbsoluteUri);
            if (letter.Text.Span is [(byte)'\n', ..] || letter.Text.Span.IndexOf("\n\n"u8) >= 0) return Refuse(ErrorClass.ManifestSyntax, "the manifest has an empty line before its end");
            report = report with { Manifest = manifest, Outcome = RepositoryOutcome.Unverified };
            if (!letter.IsHashRight) return Refuse(ErrorClass.ManifestDigest, "the manifest's printed hash is not that of its text");

            return manifest.RepositoryName.Length == 0 || manifest.RepositoryName == Name.ToString()
                ? report
                : Refuse(ErrorClass.Signature, $"the manifest is that of \"{manifest.RepositoryName}\", expected \"{Name}\"");
        }
        catch (CvmfsFormatException odd)
        {
            return Refuse(ErrorClass.ManifestSyntax, odd.Message);
        }

        RepositoryReport Refuse(ErrorClass error, string detail)
        {
            client.Reject(transfer, error, detail);
            return Invalid(report, error, detail);
        }
    }

    private Whitelist? ReadWhitelist(Fetched fetched)
    {
        if (fetched.Body is null) return null;
        try
        {
            return Whitelist.Parse(fetched.Body, fetched.Report.Url.AbsoluteUri);
        }
        catch (CvmfsFormatException odd)
        {
            client.Reject(fetched.Report, JsonBody.LooksLikePage(fetched.Body) ? ErrorClass.NotCvmfs : ErrorClass.Whitelist, odd.Message);
            return null;
        }
    }

    private RepositoryReport ReadStatus(RepositoryReport report, Fetched status)
    {
        // A server that has done nothing yet has no such file, and a bucket answers 403 for what is not there.
        if (status.Body is null) return report with { StatusError = status.Error is ErrorClass.Http404 or ErrorClass.Http403 ? ErrorClass.None : status.Error };
        try
        {
            var document = StatusDocument.Parse(status.Body, status.Report.Url.AbsoluteUri);
            int unread = _warnings.Count;
            report = report with
            {
                Status = document,
                LastSnapshot = Time("last_snapshot", document.LastSnapshot),
                LastGarbageCollection = Time("last_gc", document.LastGarbageCollection),
                LastCheck = Time("last_check", document.LastCheck),
            };
            return _warnings.Skip(unread).Any(warning => warning.Error == ErrorClass.UnparseableDate) ? report with { StatusError = ErrorClass.UnparseableDate } : report;
        }
        catch (CvmfsFormatException odd)
        {
            var error = JsonBody.Classify(status.Body);
            client.Reject(status.Report, error, odd.Message);
            return report with { StatusError = error };
        }
    }

    private async Task<RepositoryReport> ReadLastSnapshotAsync(RepositoryReport report)
    {
        var (body, error, _, _) = await GetAsync("last_snapshot", RootFileNames.LastSnapshot, MaxDateBytes).ConfigureAwait(false);
        if (body is null) return error is ErrorClass.EmptyBody && report.StatusError == ErrorClass.None ? report with { StatusError = ErrorClass.UnparseableDate } : report;
        var time = Time(RootFileNames.LastSnapshot, CvmfsDate.Read(Encoding.Latin1.GetString(body).Trim()));
        return time is null && report.StatusError == ErrorClass.None ? report with { StatusError = ErrorClass.UnparseableDate } : report with { LastSnapshot = time };
    }

    private RepositoryReport ReadRunning(RepositoryReport report, Fetched running)
        => running.Error is ErrorClass.None or ErrorClass.EmptyBody
            ? report with
            {
                IsSnapshotRunning = true,
                SnapshotRunningSince = running.Body is null ? null : Time(RootFileNames.IsSnapshotting, CvmfsDate.Read(Encoding.Latin1.GetString(running.Body).Trim())),
            }
            : report;

    /// <summary>A date's time, if its zone is known: a local time taken for UTC would be wrong by hours.</summary>
    private DateTimeOffset? Time(string what, CvmfsDate? date)
    {
        if (date is null) return null;
        if (date.Time is not { } time || !date.IsZoneKnown)
        {
            string shown = date.Text.Length > 64 ? date.Text[..64] + "…" : date.Text;
            _warnings.Add(new ReportWarning(ErrorClass.UnparseableDate, $"{what} is \"{shown}\", which is no date in a known time zone"));
            return null;
        }

        if (time > options.TimeProvider.GetUtcNow() + ToleratedSkew) _warnings.Add(new ReportWarning(ErrorClass.None, $"clock_skew: {what} is {time:u}, in the future"));
        return time;
    }

    private static RepositoryReport Invalid(RepositoryReport report, ErrorClass error, string? detail)
        => report with { Outcome = RepositoryOutcome.Invalid, Error = error, Detail = detail };

    private Task<Fetched> GetAsync(string endpoint, string file, int maxBytes) => client.GetAsync(new Asked(endpoint, Url(file), Name), maxBytes);

    private Uri Url(string file) => new($"{baseUrl.AbsoluteUri.TrimEnd('/')}{chosen.Path}/{file}");

    private static ErrorClass ClassOf(TrustFailure failure) => failure switch
    {
        TrustFailure.BadManifestSignature or TrustFailure.ManifestNameMismatch => ErrorClass.Signature,
        TrustFailure.BadCertificate or TrustFailure.CertificateNotListed or TrustFailure.CertificateBlacklisted or TrustFailure.CertificateChain => ErrorClass.Certificate,
        _ when failure.ManifestCode() == TrustFailure.WhitelistLoad.ManifestCode() => ErrorClass.Whitelist,
        _ => ErrorClass.ManifestSyntax,
    };
}
