namespace Cvmfs.Net.Monitoring.Fleet.Rotation;

/// <summary>Something that will happen, and from when on somebody should see to it.</summary>
/// <param name="ActFrom">When to begin; the alerts begin then, too.</param>
/// <param name="At">When it happens.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Subject">Repository, key or window.</param>
/// <param name="Message">What happens, and what is to be done.</param>
public sealed record RotationEvent(DateTimeOffset ActFrom, DateTimeOffset At, RotationKind Kind, string Subject, string Message)
{
    /// <summary>Whether it is the beginning of something that may have an end, too.</summary>
    internal bool IsBegin { get; init; }

    /// <summary>The same for the same event, whenever it takes place.</summary>
    internal string Key => $"{Kind.ToString().ToLowerInvariant()}-{(IsBegin ? "begin-" : "")}{Subject}";
}
