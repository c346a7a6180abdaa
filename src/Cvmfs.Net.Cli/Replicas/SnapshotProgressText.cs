using System.Globalization;
using Cvmfs.Net.Replication;

namespace Cvmfs.Net.Cli.Replicas;

/// <summary>Puts a run's state into one line. Keeps the last thing heard for whoever draws it.</summary>
/// <remarks>What is known grows while catalogs are still to be opened, so until the last of them is open the total is called a least and no time
/// to go is named. Rates are those of the last ten seconds or so, not of the whole run.</remarks>
internal sealed class SnapshotProgressText : IProgress<SnapshotProgress>
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private SnapshotProgress? _latest;
    private SnapshotProgress? _before; // where rates are measured from
    private SnapshotProgress? _next;   // takes its place once the window has passed

    public void Report(SnapshotProgress value)
    {
        lock (_gate)
        {
            _latest = value;
            _before ??= value;
            _next ??= value;
            if (value.Elapsed - _next.Elapsed >= s_window) (_before, _next) = (_next, value);
        }
    }

    public string Describe(TimeSpan elapsed)
    {
        lock (_gate)
        {
            if (_latest is not { } now || now.Phase == SnapshotPhase.Verifying) return "verifying";
            if (now.Phase == SnapshotPhase.Publishing) return $"publishing revision {now.Revision}";
            bool isAllKnown = now.CatalogsWaiting == 0;
            double seconds = (now.Elapsed - _before!.Elapsed).TotalSeconds;
            double perSecond = seconds > 0 ? Math.Max(0, now.ReferencesDone - _before.ReferencesDone) / seconds : 0;
            double bytesPerSecond = seconds > 0 ? (now.BytesFetched - _before.BytesFetched) / seconds : 0;
            long left = now.ReferencesKnown - now.ReferencesDone;
            string toGo = !isAllKnown || perSecond <= 0 || left <= 0 ? "" : $", {ProgressLine.Span(TimeSpan.FromSeconds(Math.Min(left / perSecond, 1e9)))} to go";
            return string.Create(CultureInfo.InvariantCulture, $"revision {now.Revision}: {Math.Max(0, now.ReferencesDone):N0} of {(isAllKnown ? "" : "at least ")}{now.ReferencesKnown:N0} objects ({now.ObjectsFetched:N0} new), {now.CatalogsCommitted:N0} catalogs done{(isAllKnown ? "" : $", {now.CatalogsWaiting:N0} waiting")}, {ByteSize.Format(now.BytesFetched)}, {ByteSize.Format((long)bytesPerSecond)}/s{(now.Failures > 0 ? $", {now.Failures:N0} failed" : "")}{toGo}");
        }
    }
}
