namespace Cvmfs.Net.Publishing.Ingestion;

/// <summary>What the workers of a commit have done so far. Safe for concurrent use.</summary>
internal sealed class IngestCounters(IProgress<PublishProgress>? progress, TimeProvider time)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(100); // ten a second are smooth to an eye and cost nothing

    private long _files;
    private long _bytes;
    private long _newObjects;
    private long _knownObjects;
    private long _newBytes;
    private long _lastReport = time.GetTimestamp();

    public long Files => Interlocked.Read(ref _files);

    public long Bytes => Interlocked.Read(ref _bytes);

    public long NewObjects => Interlocked.Read(ref _newObjects);

    public long KnownObjects => Interlocked.Read(ref _knownObjects);

    public long NewBytes => Interlocked.Read(ref _newBytes);

    public void CountFile(long bytes)
    {
        Interlocked.Increment(ref _files);
        Interlocked.Add(ref _bytes, bytes);
        ReportIfDue();
    }

    public void CountObject(bool isNew, long storedBytes)
    {
        if (isNew)
        {
            Interlocked.Increment(ref _newObjects);
            Interlocked.Add(ref _newBytes, storedBytes);
        }
        else
        {
            Interlocked.Increment(ref _knownObjects);
        }
    }

    public void Report(PublishPhase phase) => progress?.Report(new PublishProgress(phase, Files, Bytes, NewObjects, KnownObjects, NewBytes));

    private void ReportIfDue()
    {
        if (progress is null) return;
        long last = Interlocked.Read(ref _lastReport);
        long now = time.GetTimestamp();
        if (time.GetElapsedTime(last, now) < ReportInterval) return;
        if (Interlocked.CompareExchange(ref _lastReport, now, last) == last) Report(PublishPhase.StoringFiles);
    }
}
