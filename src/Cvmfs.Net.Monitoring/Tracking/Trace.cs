namespace Cvmfs.Net.Monitoring.Tracking;

/// <summary>What one repository on one server did so far.</summary>
internal sealed class Trace
{
    public ulong? Revision { get; set; }

    public long Rollbacks { get; set; }

    public long Changes { get; set; }

    public DateTimeOffset? AheadSince { get; set; }

    /// <summary>Takes the revision that is there now.</summary>
    public void Take(ulong revision)
    {
        if (revision < Revision) Rollbacks++;
        if (revision > Revision) Changes++;
        Revision = revision;
    }
}
