namespace Cvmfs.Net.Connections;

/// <summary>Finds clients that are too slow or silent for too long.</summary>
/// <param name="limits">The limits in force; asked each time.</param>
/// <param name="time">Source of time.</param>
internal sealed class Sweep(Func<LoopLimits> limits, TimeProvider time)
{
    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(2);

    /// <summary>Whether a client's time is over. <paramref name="isDraining"/>: idle ones go at once.</summary>
    public bool IsOver(ClientConnection client, bool isDraining)
    {
        var elapsed = time.GetElapsedTime(client.Since);
        if (client.IsAway || client.IsQueued) return false; // it waits for us
        if (client.IsLingering) return elapsed >= s_linger;
        if (client.HasOutput) return IsTooSlow(client, elapsed);
        if (client.HasInput) return elapsed >= limits().RequestHead;
        return isDraining || elapsed >= limits().KeepAlive;
    }

    private bool IsTooSlow(ClientConnection client, TimeSpan elapsed)
    {
        var now = limits();
        if (elapsed < now.RatePeriod) return false;
        if (client.Sent - client.SentBefore < now.MinBytesPerSecond * elapsed.TotalSeconds) return true;
        client.Restart(time.GetTimestamp());
        return false;
    }
}
