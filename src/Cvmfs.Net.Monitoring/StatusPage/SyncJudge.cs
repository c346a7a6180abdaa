using Cvmfs.Net.Manifests;
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>Compares revisions: what is the reference, how far is each server from it, and since when.</summary>
/// <remarks>The reference is the first Stratum 0 that answered, then the first sync server, then the highest revision that any server has.
/// A manifest whose signature is known to be wrong is never one.</remarks>
internal sealed class SyncJudge
{
    private static readonly WhitelistExpiryCheck s_expiry = new();

    private readonly StatusPageConfiguration _configuration;
    private readonly IReadOnlyList<ServerReport> _servers;
    private readonly PreviousStatus _previous;
    private readonly DateTimeOffset _now;
    private readonly Dictionary<RepositoryName, (string Server, Manifest Manifest)> _references = [];

    public SyncJudge(StatusPageConfiguration configuration, IReadOnlyList<ServerReport> servers, PreviousStatus previous, DateTimeOffset now)
    {
        (_configuration, _servers, _previous, _now) = (configuration, servers, previous, now);
        foreach (var repository in servers.SelectMany(server => server.Repositories).Select(repository => repository.Name).Distinct())
        {
            if (FindReference(repository) is { } reference) _references[repository] = reference;
        }
    }

    /// <summary>Whether a repository's manifest may be believed as far as anybody could tell.</summary>
    public static bool IsUp(RepositoryReport repository) => repository.Manifest is not null && repository.Outcome is not (RepositoryOutcome.Invalid or RepositoryOutcome.Missing or RepositoryOutcome.Unreachable);

    /// <summary>What a repository is compared with; null where no server has it.</summary>
    public (string Server, Manifest Manifest)? ReferenceOf(RepositoryName repository) => _references.TryGetValue(repository, out var reference) ? reference : null;

    public StatusPageCell Judge(int server, RepositoryReport repository)
    {
        var cell = new StatusPageCell
        {
            Repository = repository.Name,
            Status = ServiceStatus.Unknown,
            Outcome = repository.Outcome,
            Detail = repository.Detail,
            Revision = repository.Manifest?.Revision,
            RootHash = repository.Manifest?.RootCatalog.ToString(),
            RootCatalogBytes = repository.Manifest?.RootCatalogSize,
            Ttl = repository.Manifest?.Ttl,
            PublishedAt = repository.Manifest?.PublishedAtUtc,
            LastSnapshot = repository.LastSnapshot ?? repository.Status.LastSnapshot?.Time,
            LastGarbageCollection = repository.LastGarbageCollection ?? repository.Status.LastGarbageCollection?.Time,
            WhitelistIssued = repository.Whitelist?.CreatedAt,
            WhitelistExpires = repository.Whitelist?.ExpiresAt,
            WhitelistStatus = WhitelistStatusOf(repository.Whitelist),
        };
        if (!IsUp(repository)) return cell with { Status = ServiceStatus.Failed, UpdateStatus = ServiceStatus.Failed };
        cell = WithLag(cell, _servers[server].Target.Name, repository.Manifest!);
        cell = cell with
        {
            UpdateStatus = repository.IsPassThrough ? ServiceStatus.Ok : UpdateStatusOf(cell, server),
            SnapshotStatus = repository.IsPassThrough || _configuration.Servers[server].Role == ServerRole.Stratum0 ? ServiceStatus.Unknown : SnapshotStatusOf(cell),
        };
        if (_configuration.SyncPolicy == SyncPolicy.EessiDistance) return cell with { Status = cell.UpdateStatus };
        var statuses = new List<ServiceStatus> { cell.UpdateStatus };
        if (cell.SnapshotStatus != ServiceStatus.Unknown) statuses.Add(cell.SnapshotStatus);
        if (cell.WhitelistStatus == ServiceStatus.Failed) statuses.Add(ServiceStatus.Failed); // nobody can mount it from here
        return cell with { Status = statuses.Worst() };
    }

    private (string, Manifest)? FindReference(RepositoryName repository)
    {
        (string, Manifest)? highest = null;
        foreach (var role in (ServerRole[])[ServerRole.Stratum0, ServerRole.SyncServer])
        {
            for (int i = 0; i < _servers.Count; i++)
            {
                if (_configuration.Servers[i].Role == role && _servers[i].Find(repository) is { } found && IsUp(found)) return (_servers[i].Target.Name, found.Manifest!);
            }

            // The distance policy knows no reference but the Stratum 0.
            if (_configuration.SyncPolicy == SyncPolicy.EessiDistance) break;
        }

        foreach (var server in _servers)
        {
            if (server.Find(repository) is { } found && IsUp(found) && (highest is not { } sofar || found.Manifest!.Revision > sofar.Item2.Revision)) highest = (server.Target.Name, found.Manifest!);
        }

        return highest;
    }

    /// <summary>A replica has been behind since the first newer revision became known, however many came after it.</summary>
    private StatusPageCell WithLag(StatusPageCell cell, string server, Manifest manifest)
    {
        if (ReferenceOf(cell.Repository) is not { } reference) return cell;
        ulong at = reference.Manifest.Revision, here = manifest.Revision;
        cell = cell with { Distance = at > here ? at - here : here - at };
        if (here >= at) return cell with { Lag = TimeSpan.Zero };
        var before = _previous.Find(server, cell.Repository);
        var since = before is { BehindSince: { } known } && before.Revision >= here ? known : Earlier(reference.Manifest.PublishedAtUtc, _now);
        // A step forward that is not enough: what is still missing was published after the revision it has now.
        if (before is { BehindSince: { } old, Revision: { } was } && was < here && manifest.PublishedAtUtc is { } published) since = Earlier(published > old ? published : old, since);
        return cell with { BehindSince = since, Lag = _now > since ? _now - since : TimeSpan.Zero };
    }

    private ServiceStatus UpdateStatusOf(StatusPageCell cell, int server)
    {
        if (_configuration.SyncPolicy == SyncPolicy.EessiDistance)
        {
            return DistanceOf(cell, server) switch { 0 => ServiceStatus.Ok, 1 => ServiceStatus.Warning, _ => ServiceStatus.Failed };
        }

        if (cell.Lag is not { } lag) return ServiceStatus.Unknown;
        var limit = _configuration.LimitsOf(cell.Repository).MaxLag;
        return lag <= limit ? ServiceStatus.Ok : lag <= limit * 3 ? ServiceStatus.Warning : ServiceStatus.Failed;
    }

    /// <summary>From the Stratum 0 where one answered; a repository that it has not is in step. Without one, from the Stratum 1 furthest away.</summary>
    private ulong DistanceOf(StatusPageCell cell, int server)
    {
        for (int i = 0; i < _servers.Count; i++)
        {
            if (_configuration.Servers[i].Role != ServerRole.Stratum0 || _servers[i].Outcome == ServerOutcome.Unreachable) continue;
            return _servers[i].Find(cell.Repository) is { } origin && IsUp(origin) ? Distance(origin.Manifest!.Revision, cell.Revision!.Value) : 0;
        }

        ulong furthest = 0;
        for (int i = 0; i < _servers.Count; i++)
        {
            if (i == server || _configuration.Servers[i].Role != ServerRole.Stratum1 || _servers[i].Find(cell.Repository) is not { } other || !IsUp(other)) continue;
            furthest = Math.Max(furthest, Distance(other.Manifest!.Revision, cell.Revision!.Value));
        }

        return furthest;
    }

    private ServiceStatus SnapshotStatusOf(StatusPageCell cell)
    {
        if (cell.LastSnapshot is not { } snapshot) return ServiceStatus.Unknown;
        var limits = _configuration.LimitsOf(cell.Repository);
        var age = _now - snapshot;
        return age < limits.MaxSnapshotAge ? ServiceStatus.Ok : age < limits.FailedSnapshotAge ? ServiceStatus.Warning : ServiceStatus.Failed;
    }

    private ServiceStatus WhitelistStatusOf(Whitelist? whitelist)
    {
        if (whitelist is null) return ServiceStatus.Unknown;
        if (whitelist.IsExpiredAt(_now)) return ServiceStatus.Failed;
        var left = whitelist.ExpiresAt - _now;
        bool isLateInLife = whitelist.CreatedAt is { } created && left < (whitelist.ExpiresAt - created) * s_expiry.WarnBelow;
        return isLateInLife || left < s_expiry.WarnWithin ? ServiceStatus.Warning : ServiceStatus.Ok;
    }

    private static ulong Distance(ulong one, ulong other) => one > other ? one - other : other - one;

    private static DateTimeOffset Earlier(DateTimeOffset? one, DateTimeOffset other) => one is { } time && time < other ? time : other;
}
