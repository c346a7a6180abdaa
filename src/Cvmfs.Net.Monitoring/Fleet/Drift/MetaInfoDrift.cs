using Cvmfs.Net.Documents;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>Whether repositories recommend the servers that the file says.</summary>
internal sealed class MetaInfoDrift(FleetDescription fleet, DriftFindings findings)
{
    private const int MaxBytes = 1 << 20;

    /// <summary>Looks at each repository on the first server whose manifest could be verified.</summary>
    public async Task CompareAsync(IReadOnlyList<ServerReport> reports, CancellationToken cancellationToken)
    {
        foreach (var repository in fleet.Repositories.Values)
        {
            var found = reports.SelectMany(server => server.Repositories.Where(one => one.Name.ToString() == repository.Name && one.Verified is not null).Select(one => (Server: server, Report: one))).FirstOrDefault();
            if (found.Report?.Manifest?.MetaInfoKey is not { } key) continue;
            string url = MetaUrl(found.Server, found.Report);
            if (await ReadAsync(url, key, repository.Name, cancellationToken).ConfigureAwait(false) is { } meta) Compare(repository, meta);
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

    private async Task<RepositoryMetaInfo?> ReadAsync(string url, ObjectKey key, string repository, CancellationToken cancellationToken)
    {
        try
        {
            var source = new HttpRepositorySource(new Uri(url));
            byte[]? stored;
            await using (source.ConfigureAwait(false)) stored = await new VerifiedFetcher(source).ReadSmallAsync(key, MaxBytes, cancellationToken).ConfigureAwait(false);
            if (stored is not null) return RepositoryMetaInfo.Parse(MetadataObject.Decompress(stored, ObjectSuffix.MetaInfo, MaxBytes, key.ToString()));
            findings.CannotSee(DriftKind.MetaInfo, repository, $"has no meta information at {url}, though its manifest names it");
        }
        catch (CvmfsException odd)
        {
            findings.CannotSee(DriftKind.MetaInfo, repository, $"has meta information that cannot be read: {odd.Message.TrimEnd('.')}");
        }

        return null;
    }

    private static string MetaUrl(ServerReport server, RepositoryReport report) => new Uri(server.Target.BaseUrl.AbsoluteUri.TrimEnd('/') + report.Path).AbsoluteUri;
}
