using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Monitoring.Scraping;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring.Servermon;

/// <summary>servermon's tests: fetches what they need, judges with its limits, says it in its words.</summary>
internal sealed class ServermonTests(EndpointClient client, ServermonConfiguration settings, ServermonTarget target, TimeProvider clock)
{
    private const int MaxJsonBytes = 1 << 20;
    private const int MaxWhitelistBytes = 64 << 10;
    private const int MaxDateBytes = 4 << 10;
    private const int InitialFactor = 9;
    private const int CriticalFactor = 3; // as 24 hours are to 8
    private const int MaxGeoDatabaseDays = 30;
    public const string TimeOut = "timeout";
    private static readonly GeoQuery s_geo = GeoQuery.Default with { Anchor = GeoQuery.Default.Hosts[1] };

    /// <summary>What a server lists, or why it cannot be had.</summary>
    public async Task<(RepositoriesDocument? Listing, string? Error)> ListAsync()
    {
        var fetched = await client.GetAsync(new Asked("repositories", target.InfoUrl), MaxJsonBytes).ConfigureAwait(false);
        if (fetched.Body is null) return (null, Explain(fetched));
        try
        {
            return (RepositoriesDocument.Parse(fetched.Body, target.InfoUrl.AbsoluteUri), null);
        }
        catch (CvmfsFormatException odd)
        {
            return (null, odd.Message);
        }
    }

    /// <summary>Everything some tests find.</summary>
    public async Task<IReadOnlyList<ServermonResult>> RunAsync(IReadOnlySet<string> tests, RepositoriesDocument listing)
    {
        var pending = new List<Task<IReadOnlyList<ServermonResult>>>();
        foreach (var (item, isReplica) in listing.Repositories.Select(item => (item, false)).Concat(listing.Replicas.Select(item => (item, true))))
        {
            string name = NameOf(item.Path);
            if (!settings.ExcludedRepositories.Contains(name)) pending.Add(TestAsync(tests, name, isReplica, item.IsPassThrough));
        }

        if (tests.Contains("geo") && listing.Replicas.Count > 0) pending.Add(GeoAsync(NameOf(listing.Replicas[0].Path), listing));
        var results = await Task.WhenAll(pending).ConfigureAwait(false);
        return [.. results.SelectMany(some => some)];
    }

    /// <summary>What servermon calls a repository: for an alias the visible name.</summary>
    public static string NameOf(string path) => path.Replace("/cvmfs/", "", StringComparison.Ordinal);

    private async Task<IReadOnlyList<ServermonResult>> TestAsync(IReadOnlySet<string> tests, string repository, bool isReplica, bool isPassThrough)
    {
        var results = new List<ServermonResult>();
        if (tests.Contains("ok")) results.Add(new ServermonResult("ok", repository, ServermonStatus.Ok, ""));
        var whitelist = tests.Contains("whitelist") ? WhitelistAsync(repository) : null;
        bool isUpdated = tests.Contains("updated") && isReplica && !isPassThrough;
        if ((isUpdated || tests.Contains("gc") || tests.Contains("check")) && !isPassThrough)
        {
            var fetched = await GetAsync(repository, RootFileNames.Status, MaxJsonBytes).ConfigureAwait(false);
            bool isAbsent = fetched.Error == ErrorClass.Http404;
            var status = Read(fetched, out string? odd);
            if (tests.Contains("gc") && !isAbsent) Add(results, "gc", repository, odd is null ? CollectionOf(status!.LastGarbageCollection) : (ServermonStatus.Critical, odd));
            if (tests.Contains("check") && !isAbsent) Add(results, "check", repository, odd is not null ? (ServermonStatus.Critical, odd) : CheckOf(status!.CheckStatus));
            if (isUpdated) Add(results, "updated", repository, odd is not null && !isAbsent ? (ServermonStatus.Critical, odd) : await UpdatedAsync(repository, status, isAbsent).ConfigureAwait(false));
        }

        if (whitelist is not null) Add(results, "whitelist", repository, await whitelist.ConfigureAwait(false));
        return results;
    }

    private static void Add(List<ServermonResult> results, string test, string repository, (ServermonStatus Status, string Message)? found)
    {
        if (found is { } one) results.Add(new ServermonResult(test, repository, one.Status, one.Message));
    }

    private static StatusDocument? Read(Fetched fetched, out string? odd)
    {
        odd = null;
        try
        {
            if (fetched.Body is not null) return StatusDocument.Parse(fetched.Body, fetched.Report.Url.AbsoluteUri);
            odd = "error: " + Explain(fetched);
        }
        catch (CvmfsFormatException failed)
        {
            odd = "error: " + failed.Message;
        }

        return null;
    }

    /// <summary>The status file's date, else that of the file that old servers write, else a first copy that runs, or does not.</summary>
    private async Task<(ServermonStatus, string)> UpdatedAsync(string repository, StatusDocument? status, bool isAbsent)
    {
        if (status?.LastSnapshot is { } snapshot) return AgeOf(repository, snapshot, 1, "last successful snapshot");
        if (isAbsent)
        {
            var last = await GetAsync(repository, RootFileNames.LastSnapshot, MaxDateBytes).ConfigureAwait(false);
            if (last.Body is not null || last.Error == ErrorClass.EmptyBody) return AgeOf(repository, CvmfsDate.Read(Text(last)), 1, "last successful snapshot");
            if (last.Error != ErrorClass.Http404) return (ServermonStatus.Critical, "error: " + Explain(last));
        }

        var running = await GetAsync(repository, RootFileNames.IsSnapshotting, MaxDateBytes).ConfigureAwait(false);
        if (running.Body is not null || running.Error == ErrorClass.EmptyBody) return AgeOf(repository, CvmfsDate.Read(Text(running)), InitialFactor, "initial snapshot started");
        return running.Error == ErrorClass.Http404 ? (ServermonStatus.Warning, "initial snapshot not in progress") : (ServermonStatus.Critical, "error: " + Explain(running));
    }

    private (ServermonStatus, string) AgeOf(string repository, CvmfsDate date, int factor, string what)
    {
        if (date.Time is not { } time) return (ServermonStatus.Critical, Unreadable(date));
        double slow = settings.SlowRepositories.Contains(repository) ? settings.SlowMultiplier : 1;
        long hours = (long)Math.Floor((clock.GetUtcNow() - time).TotalHours);
        bool hasOwn = settings.Fleet.SnapshotAges.TryGetValue(repository, out var own);
        var (warning, critical) = hasOwn ? (own.TotalHours, own.TotalHours * CriticalFactor) : (settings.UpdatedWarningHours, settings.UpdatedCriticalHours);
        var status = Compare(hours, warning * factor * slow, critical * factor * slow);
        return (status, status == ServermonStatus.Ok ? "" : $"{what} {hours} hours ago");
    }

    private (ServermonStatus, string)? CollectionOf(CvmfsDate? date)
    {
        if (date is null) return null;
        if (date.Time is not { } time) return (ServermonStatus.Critical, Unreadable(date));
        long days = (long)Math.Floor((clock.GetUtcNow() - time).TotalDays);
        var status = Compare(days, settings.CollectionWarningDays, settings.CollectionCriticalDays);
        return (status, status == ServermonStatus.Ok ? "" : $"last successful gc {days} days ago");
    }

    private static (ServermonStatus, string)? CheckOf(string? ended)
        => ended switch { null => null, "failed" => (ServermonStatus.Warning, "cvmfs_server check failure"), _ => (ServermonStatus.Ok, "") };

    private async Task<(ServermonStatus, string)?> WhitelistAsync(string repository)
    {
        var fetched = await GetAsync(repository, RootFileNames.Whitelist, MaxWhitelistBytes).ConfigureAwait(false);
        if (fetched.Error == ErrorClass.Http404) return null;
        if (fetched.Body is null) return (ServermonStatus.Critical, "error: " + Explain(fetched));
        try
        {
            var left = Whitelist.Parse(fetched.Body, fetched.Report.Url.AbsoluteUri).ExpiresAt - clock.GetUtcNow();
            if (left <= TimeSpan.Zero) return (ServermonStatus.Critical, "whitelist is expired");
            return left < TimeSpan.FromHours(settings.WhitelistWarningHours)
                ? (ServermonStatus.Warning, $"whitelist expiration time is less than {settings.WhitelistWarningHours} hours")
                : (ServermonStatus.Ok, "");
        }
        catch (CvmfsFormatException odd)
        {
            return (ServermonStatus.Critical, "error: " + odd.Message);
        }
    }

    private async Task<IReadOnlyList<ServermonResult>> GeoAsync(string repository, RepositoriesDocument listing)
    {
        string hosts = string.Join(',', s_geo.Hosts.Select(host => host.Name));
        var fetched = await GetAsync(repository, $"api/v1.0/geo/{s_geo.Anchor.Name}/{hosts}", MaxDateBytes).ConfigureAwait(false);
        return [new ServermonResult("geo", repository, Judge(out string message), message)];

        ServermonStatus Judge(out string said)
        {
            said = "";
            if (fetched.Body is null || s_geo.ReadOrder(Text(fetched)) is not { } order)
            {
                said = "error: " + (fetched.Body is null ? Explain(fetched) : $"\"{Text(fetched).Trim()}\" is no order of {s_geo.Hosts.Count} servers");
                return ServermonStatus.Critical;
            }

            if (!order.SequenceEqual([2, 1, 3])) return ServermonStatus.Warning;
            if (listing.LastGeoDbUpdate is not { } date) return ServermonStatus.Ok;
            if (date.Time is not { } time)
            {
                said = Unreadable(date);
                return ServermonStatus.Critical;
            }

            long days = (long)Math.Floor((clock.GetUtcNow() - time).TotalDays);
            if (days <= MaxGeoDatabaseDays) return ServermonStatus.Ok;
            said = $"last geodb update {days} days ago";
            return ServermonStatus.Warning;
        }
    }

    private Task<Fetched> GetAsync(string repository, string file, int maxBytes) => client.GetAsync(new Asked("other", target.UrlOf(repository, file)), maxBytes);

    private static ServermonStatus Compare(long age, double warning, double critical)
        => age < warning ? ServermonStatus.Ok : age < critical ? ServermonStatus.Warning : ServermonStatus.Critical;

    private static string Text(Fetched fetched) => Encoding.UTF8.GetString(fetched.Body ?? []);

    private static string Unreadable(CvmfsDate date) => date.Text.Trim().Length == 0 ? "the date is empty" : $"\"{date.Text.Trim()}\" is no date that can be read";

    /// <summary>What was never asked or never answered ran out of time.</summary>
    private static string Explain(Fetched fetched) => fetched.Error is ErrorClass.Timeout or ErrorClass.Cancelled ? TimeOut : fetched.Detail ?? fetched.Error.Name();
}
