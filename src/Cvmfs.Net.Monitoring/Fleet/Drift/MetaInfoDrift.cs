using Cvmfs.Net.Documents;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Monitoring.Scraping;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>Whether repositories recommend the servers that the file says.</summary>
internal sealed class MetaInfoDrift(FleetDescription fleet, ScraperOptions options, DriftFindings findings)
{
    private const int MaxBytes = 1 << 20;

    /// <summary>Looks at each repository on the first server whose manifest could be verified.</summary>
    public async Task CompareAsync(IReadOnlyList<ServerReport> reports, CancellationToken cancellationToken)
    {
        var dialer = new Dialer(options);
        using var invoker = new HttpMessageInvoker(options.Handler ?? dialer.CreateHandler(), disposeHandler: options.Handler is null);
        foreach (var repository in fleet.Repositories.Values)
        {
            var found = reports.SelectMany(server => server.Repositories.Where(one => one.Name.ToString() == repository.Name && one.Verified is not null).Select(one => (Server: server, Report: one))).FirstOrDefault();
            if (found.Report?.Manifest?.MetaInfoKey is not { } key) continue;
            using var limit = new CancellationTokenSource(options.ServerTimeout, options.TimeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            using var client = new EndpointClient(invoker, dialer, options, either.Token, cancellationToken);
            var asked = new Asked("metainfo", new Uri($"{found.Server.Target.BaseUrl.AbsoluteUri.TrimEnd('/')}{found.Report.Path}/{ObjectPath.Of(key)}"), found.Report.Name);
            if (Read(repository.Name, key, await client.GetAsync(asked, MaxBytes).ConfigureAwait(false)) is { } meta) Compare(repository, meta);
        }
    }

    private void Compare(FleetRepository repository, RepositoryMetaInfo meta)
    {
        string[] wanted = [.. fleet.ActiveServers.Where(server => server.IsPublic && repository.Replicas.Contains(server.Id)).Select(server => ServerUrl.Normalize(server.ClientUrl, repository.Name))];
        string[] there = [.. meta.RecommendedStratum1s.Select(url => ServerUrl.Normalize(url, repository.Name))];
        if (there.Length > 0)
        {
            foreach (string url in there.Except(wanted)) findings.Differs(DriftKind.MetaInfo, repository.Name, $"recommends {url}, {ServerUrl.Describe(fleet, url, repository.Name)}");
            foreach (string url in wanted.Except(there)) findings.Differs(DriftKind.MetaInfo, repository.Name, $"does not recommend {url}");
        }

        if (meta.Email is { Length: > 0 } email && fleet.Contacts.GetValueOrDefault(repository.Owner) is { Email.Length: > 0 } contact && !string.Equals(email, contact.Email, StringComparison.OrdinalIgnoreCase))
        {
            findings.Differs(DriftKind.MetaInfo, repository.Name, $"names {email}, and the file says {contact.Email}");
        }
    }

    private RepositoryMetaInfo? Read(string repository, ObjectKey key, Fetched fetched)
    {
        if (fetched.Body is not { } stored)
        {
            findings.CannotSee(DriftKind.MetaInfo, repository, $"has no meta information that can be had, though its manifest names it: {fetched.Detail}");
            return null;
        }

        try
        {
            using var hasher = ContentHasher.Create(key.Hash.Algorithm);
            hasher.Append(stored);
            if (hasher.GetHashAndReset() is var hash && hash != key.Hash) throw new CvmfsFormatException(fetched.Report.Url.AbsoluteUri, $"hashes to {hash}, expected {key.Hash}.");
            return RepositoryMetaInfo.Parse(MetadataObject.Decompress(stored, ObjectSuffix.MetaInfo, MaxBytes, key.ToString()));
        }
        catch (CvmfsException odd)
        {
            findings.CannotSee(DriftKind.MetaInfo, repository, $"has meta information that cannot be read: {odd.Message.TrimEnd('.')}");
            return null;
        }
    }
}
