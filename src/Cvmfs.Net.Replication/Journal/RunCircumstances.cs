namespace Cvmfs.Net.Replication.Journal;

/// <summary>When and where a run happens: what decides whether the notes of an earlier one are believed.</summary>
/// <param name="BootId">The boot of the machine.</param>
/// <param name="Began">Begin of the run, by the clock of the storage's file system.</param>
/// <param name="CutOffRunBegan">Begin of an earlier run that did not end and whose notes were taken away, by the same clock; null for none.</param>
/// <param name="LastCollection">When garbage was last collected here; null for never.</param>
internal sealed record RunCircumstances(string BootId, DateTimeOffset Began, DateTimeOffset? CutOffRunBegan, DateTimeOffset? LastCollection);
