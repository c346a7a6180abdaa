using System.Globalization;

namespace Cvmfs.Net.Replication.Tests.Crash;

/// <summary>The instant at which a run is killed. Instants are drawn by progress, so that they mean the same on any machine; the short pause
/// after them spreads the kills over what happens between two requests, and over the publishing, during which there are none.</summary>
/// <param name="Request">Kill after the origin saw that many requests; 0 for not by requests.</param>
/// <param name="RootFileEvent">Kill after that many changes of root files; 0 for not by them.</param>
/// <param name="Pause">How much later.</param>
internal readonly record struct KillPoint(int Request, int RootFileEvent, TimeSpan Pause)
{
    private const int MaxPauseMilliseconds = 25;
    private const int MaxRootFileEvents = 24;

    /// <summary>Draws an instant.</summary>
    /// <param name="random">The dice.</param>
    /// <param name="requests">Requests that the run is thought to need.</param>
    public static KillPoint Draw(Random random, int requests) => random.Next(10) switch
    {
        < 6 => new KillPoint(random.Next(1, requests + 1), 0, random.Next(3) == 0 ? Pauses(random) : TimeSpan.Zero),
        < 8 => new KillPoint(Math.Max(1, requests - random.Next(3)), 0, Pauses(random)), // about the end: publishing
        _ => new KillPoint(0, random.Next(1, MaxRootFileEvents), TimeSpan.Zero),
    };

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{(Request > 0 ? $"request {Request}" : $"root file event {RootFileEvent}")} + {Pause.TotalMilliseconds} ms");

    private static TimeSpan Pauses(Random random) => TimeSpan.FromMilliseconds(random.Next(MaxPauseMilliseconds + 1));
}
