using Cvmfs.Net.Proxy.AccessLogging;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>Takes note of every request after its answer: in the metrics always, in the access log where one is kept. Never waits. Thread-safe.</summary>
internal sealed class RequestJournal(ProxyMetrics metrics, AccessLog? log = null)
{
    /// <summary>Repositories that requests are counted by.</summary>
    public RepositoryNames Repositories => metrics.Repositories;

    /// <summary>Whether this request goes to a log, so that its texts are worth making. Ask once a request: of many, a log may want a few only.</summary>
    public bool WantsText => log?.WantsNext == true;

    /// <summary>Takes note. A record without a target is not for the log.</summary>
    public void Write(in RequestRecord record)
    {
        metrics.Answered(record);
        if (log is null) return;
        log.Saw();
        if (record.Target is not null) log.Write(record);
    }
}
