namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>How far a scrub is.</summary>
/// <param name="Folders">Object folders finished, of 256; those of the pass that was resumed included.</param>
/// <param name="Files">Files hashed.</param>
/// <param name="Bytes">Bytes hashed.</param>
/// <param name="Alerts">Alerts raised.</param>
/// <param name="Elapsed">Time since the beginning.</param>
public readonly record struct ScrubProgress(int Folders, long Files, long Bytes, long Alerts, TimeSpan Elapsed);
