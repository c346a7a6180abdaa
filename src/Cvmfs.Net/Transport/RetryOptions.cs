using System.ComponentModel.DataAnnotations;

namespace Cvmfs.Net.Transport;

/// <summary>How often, and after which pauses, something transient is tried again.</summary>
public sealed class RetryOptions
{
    /// <summary>Repetitions after the first try. Default 3.</summary>
    [Range(0, 100)]
    public int Retries { get; set; } = 3;

    /// <summary>Upper end of the first pause, which doubles each time. Default 500 ms, as the reference's replication.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Upper end of every pause. Default 2 s, as the reference's replication.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest pause that is granted to a server which asks for one. A longer wish ends the tries. Default 30 s.</summary>
    public TimeSpan MaxRetryAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Where in the pause to stop waiting, from 0 to 1; random by default, so that many clients do not return at once.</summary>
    public Func<double> Jitter { get; set; } = Random.Shared.NextDouble;

    /// <summary>The clock of the pauses.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Counts what is tried again, if given.</summary>
    public RepetitionCounts? Counts { get; set; }

    /// <summary>The pause after a failure; null to give up.</summary>
    /// <param name="failures">Failures so far, this one included.</param>
    /// <param name="fault">What happened.</param>
    internal TimeSpan? DelayAfter(int failures, CvmfsTransportException fault)
    {
        if (!fault.IsTransient || failures > Retries || fault.RetryAfter > MaxRetryAfter) return null;
        double upper = Math.Min(FirstDelay.TotalMilliseconds * Math.Pow(2, failures - 1), MaxDelay.TotalMilliseconds);
        var delay = TimeSpan.FromMilliseconds(upper * Math.Clamp(Jitter(), 0, 1));
        return fault.RetryAfter > delay ? fault.RetryAfter : delay;
    }
}
