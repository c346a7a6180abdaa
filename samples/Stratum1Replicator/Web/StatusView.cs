using System.Reflection;
using Stratum1Replicator.Operation;

namespace Stratum1Replicator.Web;

/// <summary>Everything that status says, gathered at one instant.</summary>
internal sealed record StatusView
{
    public static string OwnVersion { get; } =
        typeof(StatusView).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public required string Host { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public string Version { get; init; } = OwnVersion;

    public required IReadOnlyList<HealthCondition> Conditions { get; init; }

    public required IReadOnlyList<ReplicaView> Replicas { get; init; }

    public required IReadOnlyList<(DiskVolume Volume, HealthLevel Level)> Disks { get; init; }

    public HealthLevel Level => HealthEvaluation.LevelOf(Conditions);
}

/// <summary>One replica of it.</summary>
internal sealed record ReplicaView
{
    public required string Alias { get; init; }

    public required string Name { get; init; }

    public string? Upstream { get; init; }

    public string? Group { get; init; }

    public string? Problem { get; init; }

    public bool IsActive { get; init; }

    public bool IsPassThrough { get; init; }

    public bool Collects { get; init; }

    public required HealthLevel Level { get; init; }

    public required ReplicaFacts Facts { get; init; }

    public required ActivityMoment Moment { get; init; }

    public static ReplicaView Of(HostedReplica hosted, DateTimeOffset now) => new()
    {
        Alias = hosted.Alias,
        Name = hosted.Name,
        Upstream = hosted.Settings.Options?.Upstream,
        Group = hosted.Settings.Options?.Group,
        Problem = hosted.Settings.Problem,
        IsActive = hosted.IsActive,
        IsPassThrough = hosted.Settings.Options?.IsPassThrough == true,
        Collects = hosted.Settings.Collects,
        Level = HealthEvaluation.LevelOf(HealthEvaluation.Of(hosted, now)),
        Facts = hosted.Facts,
        Moment = hosted.Activity.Look(),
    };
}
