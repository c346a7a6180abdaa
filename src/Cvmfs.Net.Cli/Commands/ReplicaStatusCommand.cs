using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication.Configuration;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica status</c>: how replicas of this host stand.</summary>
internal static class ReplicaStatusCommand
{
    // The same limits that the common monitor of such servers has.
    private static readonly TimeSpan s_whitelistWarning = TimeSpan.FromDays(7);
    private static readonly TimeSpan s_whitelistCritical = TimeSpan.FromHours(48);

    public static Command Create(CliHost host)
    {
        var json = new Option<bool>("--json") { Description = "One JSON object; JSON Lines for several. Says for each setting where it comes from." };
        var places = new HostArguments();
        var command = new CliCommand(
            "status",
            "Say how replicas stand: revision, ages, whitelist, settings. Reads files of this host only.",
            "replica status software.example.org",
            "replica status --all --json")
        {
            json,
        };
        command.Aliases.Add("info");
        places.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            var selected = await places.SelectAsync(parse, host, cancellationToken);
            return await selected.ForEachAsync(host, async replica =>
            {
                var status = replica.IsPassThrough ? null : await ReplicaStatus.ReadAsync(replica.Location, cancellationToken);
                if (parse.GetValue(json)) await JsonOutput.WriteAsync(host, selected.IsList, writer => Write(writer, replica, status, host.Clock.GetUtcNow()), cancellationToken);
                else await WriteFactsAsync(host, replica, status, cancellationToken);
                if (selected.IsList && !parse.GetValue(json)) await host.Output.WriteAsync("\n"u8.ToArray(), cancellationToken);
                return status is { Problems.Count: > 0 } ? ExitCodes.Failed : ExitCodes.Done;
            }, cancellationToken);
        });
    }

    private static async Task WriteFactsAsync(CliHost host, ReplicaConfiguration replica, ReplicaStatus? status, CancellationToken cancellationToken)
    {
        var now = host.Clock.GetUtcNow();
        var facts = new FactList();
        facts.Add("replica", replica.Alias + (replica.IsActive ? "" : " (inactive)"));
        facts.Add("repository", replica.Repository.ToString());
        facts.Add("upstream", replica.Upstream);
        if (replica.Group is { } group) facts.Add("group", group);
        if (status is null)
        {
            facts.Add("kind", "pass-through: nothing is stored");
        }
        else
        {
            facts.Add("storage", replica.Storage.Target);
            facts.Add("revision", status.Manifest is { } manifest ? manifest.Revision.ToString(CultureInfo.InvariantCulture) + (manifest.PublishedAtUtc is { } at ? $", published {Ago(at, now)}" : "") : "none yet");
            facts.Add("last snapshot", Ago(status.LastSnapshotAt, now));
            if (status.SnapshottingSince is { } since) facts.Add("snapshot runs", $"since {Ago(since, now)}{(status.LockHolder.Length > 0 ? $" ({status.LockHolder})" : "")}, unless it was cut off");
            facts.Add("last collection", (status.Manifest is { IsGarbageCollectable: false } ? "not collectable" : Ago(status.LastCollectionAt, now)) + (replica.CollectsAfterSnapshot ? "; after snapshots" : ""));
            facts.Add("last check", Ago(status.LastCheckAt, now) + (status.CheckSucceeded is { } good ? good ? ", succeeded" : ", FAILED" : ""));
            if (status.WhitelistExpiresAt is { } expires) facts.Add("whitelist", Whitelist(expires, now));
            if (status.IsPartial) facts.Add("partial", "made with a filter");
            if (status.FreeBytes is { } free) facts.Add("free", ByteSize.Format(free));
            foreach (string problem in status.Problems) facts.Add("problem", problem);
        }

        foreach (string note in replica.Notes) facts.Add("note", note);
        if (replica.UnusedSettings.Count > 0) facts.Add("not used here", string.Join(", ", replica.UnusedSettings.Select(setting => setting.Name)));
        await facts.WriteAsync(host, cancellationToken);
    }

    private static string Whitelist(DateTimeOffset expires, DateTimeOffset now)
    {
        var left = expires - now;
        string word = left <= TimeSpan.Zero ? "EXPIRED " : left < s_whitelistCritical ? "CRITICAL: ends in " : left < s_whitelistWarning ? "warning: ends in " : "ends in ";
        return word + (left <= TimeSpan.Zero ? Ago(expires, now) : string.Create(CultureInfo.InvariantCulture, $"{left.TotalDays:0.0} days"));
    }

    private static string Ago(DateTimeOffset? at, DateTimeOffset now)
    {
        if (at is not { } time) return "never";
        var age = now - time;
        string span = age.TotalDays >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:0} days") : ProgressLine.Span(age < TimeSpan.Zero ? TimeSpan.Zero : age);
        return $"{JsonOutput.Time(time)} ({span} ago)";
    }

    private static void Write(Utf8JsonWriter json, ReplicaConfiguration replica, ReplicaStatus? status, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteString("alias", replica.Alias);
        json.WriteString("repository", replica.Repository.ToString());
        json.WriteString("upstream", replica.Upstream);
        json.WriteString("storage", replica.Storage.Target);
        json.WriteString("spool", replica.SpoolFolder);
        json.WriteBoolean("active", replica.IsActive);
        json.WriteBoolean("pass_through", replica.IsPassThrough);
        if (status is not null) WriteState(json, status, now);
        json.WriteStartObject("settings");
        foreach (var setting in replica.Settings)
        {
            json.WriteStartObject(setting.Name);
            json.WriteString("value", setting.Name.Contains("LICENSE_KEY", StringComparison.Ordinal) || setting.Name.Contains("SECRET", StringComparison.Ordinal) ? "(secret)" : setting.Text);
            json.WriteString("file", setting.Document);
            json.WriteNumber("line", setting.Line);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("unused");
        foreach (var setting in replica.UnusedSettings) json.WriteStringValue(setting.Name);
        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (string note in replica.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteState(Utf8JsonWriter json, ReplicaStatus status, DateTimeOffset now)
    {
        if (status.Manifest is { } manifest)
        {
            json.WriteNumber("revision", manifest.Revision);
            json.WriteString("root_hash", manifest.RootCatalog.ToString());
            if (manifest.PublishedAtUtc is { } published) json.WriteString("published_at", JsonOutput.Time(published));
            json.WriteBoolean("garbage_collectable", manifest.IsGarbageCollectable);
        }

        void Time(string name, DateTimeOffset? at)
        {
            if (at is { } time) json.WriteString(name, JsonOutput.Time(time));
        }

        Time("last_snapshot", status.LastSnapshotAt);
        Time("last_gc", status.LastCollectionAt);
        Time("last_check", status.LastCheckAt);
        if (status.CheckSucceeded is { } good) json.WriteString("check_status", good ? "succeeded" : "failed");
        Time("snapshotting_since", status.SnapshottingSince);
        Time("whitelist_expires_at", status.WhitelistExpiresAt);
        if (status.WhitelistExpiresAt is { } expires) json.WriteNumber("whitelist_seconds_left", Math.Round((expires - now).TotalSeconds));
        json.WriteBoolean("partial", status.IsPartial);
        if (status.FreeBytes is { } free) json.WriteNumber("free_bytes", free);
        json.WriteStartArray("problems");
        foreach (string problem in status.Problems) json.WriteStringValue(problem);
        json.WriteEndArray();
    }
}
