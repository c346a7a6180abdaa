using System.Globalization;
using Cvmfs.Net.Replication.Scheduling;
using Stratum1Replicator.Operation;
using static Stratum1Replicator.Operation.HealthEvaluation;

namespace Stratum1Replicator.Web;

/// <summary>The page that shows how the host and its replicas are. Complete without JavaScript; with it, it renews itself.</summary>
internal static class StatusPage
{
    public static string Render(StatusView view)
    {
        var html = new HtmlText();
        html.Add($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Title(view)}</title>
            <link rel="stylesheet" href="/status/style.css">
            <script src="/status/live.js" defer></script>
            <noscript><meta http-equiv="refresh" content="10"></noscript>
            </head>
            <body>
            <header><h1>Stratum 1 <span class="host">{view.Host}</span></h1>
            <p id="connection" role="status">as of {Time(view.Now)}</p></header>
            <main id="live">

            """);
        AddSummary(html, view);
        AddConditions(html, view);
        html.Add($"<h2>Replicas</h2>\n<div class=\"replicas\">\n");
        foreach (var replica in view.Replicas) AddReplica(html, replica, view);
        if (view.Replicas.Count == 0) html.Add($"<p>There are none.</p>\n");
        html.Add($"</div>\n");
        AddDisks(html, view);
        html.Add($"""
            </main>
            <footer><a href="/status.json">JSON</a> · <a href="/metrics">metrics</a> · <a href="/healthz">health</a> · Cvmfs.Net {view.Version}</footer>
            </body>
            </html>

            """);
        return html.ToString();
    }

    private static string Title(StatusView view)
        => (view.Level == HealthLevel.Ok ? "" : $"({view.Conditions.Count}) ") + "Stratum 1 " + view.Host;

    private static void AddSummary(HtmlText html, StatusView view)
    {
        int running = view.Replicas.Count(replica => replica.Moment.SnapshotSince is not null);
        int maintained = view.Replicas.Count(replica => replica.Moment.Maintenance is not null);
        string text = view.Level switch { HealthLevel.Ok => "All is well", HealthLevel.Warning => "Needs attention", _ => "Something is broken" };
        html.Add($"""
            <section class="summary {Class(view.Level)}" aria-label="Summary">
            <p class="verdict"><span class="mark" aria-hidden="true"></span>{text}</p>
            <dl><div><dt>Replicas</dt><dd>{view.Replicas.Count}</dd></div><div><dt>Snapshots running</dt><dd>{running}</dd></div>
            <div><dt>Maintenance running</dt><dd>{maintained}</dd></div><div><dt>Up since</dt><dd>{Time(view.StartedAt)}</dd></div></dl>
            </section>

            """);
    }

    private static void AddConditions(HtmlText html, StatusView view)
    {
        if (view.Conditions.Count == 0) return;
        html.Add($"<section aria-label=\"What is not as it should be\"><ul class=\"conditions\">\n");
        foreach (var condition in view.Conditions)
        {
            string word = condition.Level == HealthLevel.Failed ? "failed" : "warning";
            html.Add($"<li class=\"{Class(condition.Level)}\"><b>{word}</b> {condition.Replica ?? "host"}: {condition.Message}</li>\n");
        }

        html.Add($"</ul></section>\n");
    }

    private static void AddReplica(HtmlText html, ReplicaView replica, StatusView view)
    {
        string id = "replica-" + replica.Alias;
        html.Add($"""
            <article class="{Class(replica.Level)}" aria-labelledby="{id}">
            <h3 id="{id}"><span class="mark" aria-hidden="true"></span>{replica.Alias}<span class="state">{State(replica)}</span></h3>
            <p class="origin">{Origin(replica)}</p>

            """);
        if (replica.Moment.SnapshotSince is { } since) AddProgress(html, replica, since, view.Now);
        if (replica.Moment.Maintenance is { } kind)
        {
            html.Add($"<p class=\"task\"><b>{ReplicaActivity.NameOf(kind)}</b> for {Text(view.Now - replica.Moment.MaintenanceSince!.Value)}: {replica.Moment.MaintenanceProgress ?? "begins"}</p>\n");
        }

        html.Add($"<dl>\n");
        AddFact(html, "Revision", Revision(replica));
        AddFact(html, "Lag", replica.Moment.BehindSince is { } behind ? Text(view.Now - behind) : replica.Moment.UpstreamRevision is null ? "not known yet" : "none");
        AddFact(html, "Last snapshot", Ago(replica.Facts.LastSnapshot, view.Now));
        AddFact(html, "Whitelist", replica.Facts.WhitelistExpiresAt is not { } expiry ? "none" : expiry > view.Now ? "valid for " + Text(expiry - view.Now) : "expired");
        AddFact(html, "Garbage collection", replica.Collects ? Ago(replica.Facts.LastCollection, view.Now) : "off");
        AddFact(html, "Check", Ago(replica.Facts.LastCheck, view.Now) + (replica.Facts.CheckSucceeded switch { true => ", passed", false => ", failed", _ => "" }));
        AddFact(html, "Scrub", replica.Moment.Ends.TryGetValue(MaintenanceKind.Scrub, out var scrub) ? scrub.Result.Message : "none since the start");
        html.Add($"</dl>\n");
        if (replica.Moment.Errors.Count > 0)
        {
            html.Add($"<details id=\"errors-{replica.Alias}\"><summary>Last errors ({replica.Moment.Errors.Count})</summary><ol>\n");
            foreach (var error in replica.Moment.Errors) html.Add($"<li><time>{Time(error.At)}</time> <b>{error.What}</b> {error.Message}</li>\n");
            html.Add($"</ol></details>\n");
        }

        html.Add($"</article>\n");
    }

    private static void AddProgress(HtmlText html, ReplicaView replica, DateTimeOffset since, DateTimeOffset now)
    {
        if (replica.Moment.Progress is not { } progress)
        {
            html.Add($"<p class=\"task\"><b>snapshot</b> for {Text(now - since)}: asking the upstream</p>\n");
            return;
        }

        double seconds = Math.Max(0.001, progress.Elapsed.TotalSeconds);
        long known = Math.Max(1, progress.ReferencesKnown);
        html.Add($"""
            <p class="task"><b>snapshot</b> of revision {progress.Revision} for {Text(now - since)}: {progress.Phase.ToString().ToLowerInvariant()},
            {progress.ObjectsFetched:N0} objects ({progress.ObjectsFetched / seconds:N0}/s), {Bytes(progress.BytesFetched)} ({Bytes(progress.BytesFetched / seconds)}/s),
            {progress.CatalogsWaiting:N0} catalogs and {Math.Max(0, progress.ReferencesKnown - progress.ReferencesDone):N0} objects waiting, {progress.Failures:N0} failed</p>
            <progress max="{known}" value="{Math.Min(known, progress.ReferencesDone)}" aria-label="Known objects dealt with">{100 * Math.Min(known, progress.ReferencesDone) / known} %</progress>

            """);
    }

    private static void AddFact(HtmlText html, string name, string value) => html.Add($"<div><dt>{name}</dt><dd>{value}</dd></div>\n");

    private static void AddDisks(HtmlText html, StatusView view)
    {
        if (view.Disks.Count == 0) return;
        html.Add($"<h2>Storage</h2>\n<div class=\"disks\">\n");
        foreach (var (volume, level) in view.Disks)
        {
            long used = Math.Max(0, volume.CapacityBytes - volume.FreeBytes);
            html.Add($"""
                <p class="{Class(level)}"><span class="mark" aria-hidden="true"></span><b>{volume.Path}</b> {Bytes(volume.FreeBytes)} free of {Bytes(volume.CapacityBytes)}
                <meter min="0" max="{Math.Max(1, volume.CapacityBytes)}" value="{used}" aria-label="used"></meter></p>

                """);
        }

        html.Add($"</div>\n");
    }

    private static string State(ReplicaView replica)
    {
        if (replica.Problem is not null) return "not kept";
        if (replica.IsPassThrough) return "passed through";
        if (!replica.IsActive) return "not active";
        if (replica.Moment.SnapshotSince is not null) return replica.Facts.LastSnapshot is null ? "first snapshot" : "snapshot";
        if (replica.Moment.Maintenance is { } kind) return ReplicaActivity.NameOf(kind);
        return replica.Level switch { HealthLevel.Ok => "up to date", HealthLevel.Warning => "warning", _ => "failed" };
    }

    private static string Origin(ReplicaView replica)
        => (replica.Name == replica.Alias ? "" : replica.Name + ", ") + (replica.Upstream is { } upstream ? "from " + upstream : replica.Problem ?? "") + (replica.Group is { } group ? $", group {group}" : "");

    private static string Revision(ReplicaView replica)
    {
        if (replica.Facts.Manifest is not { } manifest) return "none";
        string served = manifest.Revision.ToString(CultureInfo.InvariantCulture);
        return replica.Moment.UpstreamRevision is { } upstream && upstream > manifest.Revision ? $"{served}, upstream {upstream}" : served;
    }

    private static string Ago(DateTimeOffset? time, DateTimeOffset now) => time is { } then ? Text(now - then) + " ago" : "never";

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Class(HealthLevel level) => level switch { HealthLevel.Ok => "ok", HealthLevel.Warning => "warning", _ => "failed" };
}
