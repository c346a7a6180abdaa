using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Tracking;

/// <summary>What must be remembered between runs to tell how long a replica has been behind, and what went backwards.</summary>
/// <remarks>A replica is behind since the first revision that it lacks was seen; publishing again meanwhile changes nothing about that. Before the
/// first run, publish times stand in for the times of seeing. Not thread-safe. Bounded: the last 500 revisions of each repository.</remarks>
public sealed class FleetHistory
{
    private const int MaxRevisions = 500;

    private readonly Dictionary<RepositoryName, SortedList<ulong, DateTimeOffset>> _seen = [];
    private readonly Dictionary<(string Server, RepositoryName Repository), Trace> _traces = [];

    /// <summary>How long a server may be ahead of the reference before that counts as two histories: a roll-back takes its time. Default 10 min.</summary>
    public TimeSpan RollbackTolerance { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The state, as JSON: to be kept over a restart.</summary>
    public byte[] Save() => HistoryDocument.Write(_seen, _traces);

    /// <summary>Takes up a saved state.</summary>
    /// <exception cref="CvmfsFormatException">The bytes are no saved state.</exception>
    public static FleetHistory Load(ReadOnlyMemory<byte> json)
    {
        var history = new FleetHistory();
        HistoryDocument.Read(json, history._seen, history._traces);
        return history;
    }

    /// <summary>Takes in a run and says how everything stands.</summary>
    /// <param name="servers">Reports of all servers.</param>
    /// <param name="now">The instant.</param>
    public FleetView Observe(IReadOnlyList<ServerReport> servers, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(servers);
        var references = servers.SelectMany(server => server.Repositories).Select(repository => repository.Name).Distinct()
            .Select(name => Choose(servers, name)).OfType<(RepositoryReference Reference, RepositoryReport Report)>().ToList();
        foreach (var (reference, report) in references) Remember(reference, report, now);
        var byName = references.ToDictionary(one => one.Reference.Repository, one => one.Reference);
        List<RepositoryStanding> standings = [];
        foreach (var server in servers)
        {
            foreach (var repository in server.Repositories) standings.Add(Judge(server.Target.Name, repository, byName.GetValueOrDefault(repository.Name), now));
        }

        return new FleetView(servers, now, byName.Values, standings);
    }

    /// <summary>The Stratum 0, else the sync server, else the highest revision; verified ones only, unless nobody has keys.</summary>
    private static (RepositoryReference, RepositoryReport)? Choose(IReadOnlyList<ServerReport> servers, RepositoryName name)
    {
        var candidates = servers
            .Select(server => (Server: server, Repository: server.Find(name)))
            .Where(one => one.Repository is { IsUp: true, Manifest: not null, IsPassThrough: false })
            .ToList();
        if (candidates.Exists(one => one.Repository!.Verified is not null)) candidates.RemoveAll(one => one.Repository!.Verified is null);
        if (candidates.Count == 0) return null;
        var (server, repository) = candidates
            .OrderBy(one => SourceOf(one.Server.Role)).ThenByDescending(one => one.Repository!.Manifest!.Revision).First();
        var manifest = repository!.Manifest!;
        return (new RepositoryReference(
            name, server.Target.Name, SourceOf(server.Role), manifest.Revision, manifest.RootCatalog, manifest.PublishedAtUtc, repository.Verified is not null), repository);
    }

    private static ReferenceSource SourceOf(ServerRole role) => role switch
    {
        ServerRole.Stratum0 => ReferenceSource.Stratum0,
        ServerRole.SyncServer => ReferenceSource.Sync,
        _ => ReferenceSource.Quorum,
    };

    private void Remember(RepositoryReference reference, RepositoryReport report, DateTimeOffset now)
    {
        if (!_seen.TryGetValue(reference.Repository, out var seen))
        {
            // The first look: nobody saw these come, so the times of publishing must do.
            _seen[reference.Repository] = seen = [];
            foreach (var published in report.PublishHistory.Where(one => one.Revision < reference.Revision)) seen[published.Revision] = published.PublishedAt;
            seen[reference.Revision] = reference.PublishedAt is { } at && at < now ? at : now;
        }

        seen.TryAdd(reference.Revision, now);
        while (seen.Keys[^1] > reference.Revision) seen.RemoveAt(seen.Count - 1); // rolled back: those never were
        while (seen.Count > MaxRevisions) seen.RemoveAt(0);
    }

    private RepositoryStanding Judge(string server, RepositoryReport repository, RepositoryReference? reference, DateTimeOffset now)
    {
        var key = (server, repository.Name);
        if (!_traces.TryGetValue(key, out var trace)) _traces[key] = trace = new Trace();
        var standing = new RepositoryStanding { Server = server, Repository = repository.Name, Reference = reference };
        if (!repository.IsUp || repository.Manifest is not { } manifest) return standing with { Rollbacks = trace.Rollbacks, Changes = trace.Changes };

        trace.Take(manifest.Revision);
        standing = standing with { Rollbacks = trace.Rollbacks, Changes = trace.Changes };
        if (reference is null || repository.IsPassThrough) return standing;
        if (manifest.Revision >= reference.Revision)
        {
            trace.AheadSince = manifest.Revision > reference.Revision ? trace.AheadSince ?? now : null;
            bool isConflict = manifest.Revision == reference.Revision ? manifest.RootCatalog != reference.RootCatalog : now - trace.AheadSince > RollbackTolerance;
            return standing with { RevisionLag = 0, Lag = TimeSpan.Zero, IsConflict = isConflict };
        }

        trace.AheadSince = null;
        var behindSince = _seen[repository.Name].First(one => one.Key > manifest.Revision).Value;
        var lag = now - behindSince - (repository.ManifestAge ?? TimeSpan.Zero);
        return standing with
        {
            RevisionLag = reference.Revision - manifest.Revision,
            BehindSince = behindSince,
            Lag = lag > TimeSpan.Zero ? lag : TimeSpan.Zero,
        };
    }
}
