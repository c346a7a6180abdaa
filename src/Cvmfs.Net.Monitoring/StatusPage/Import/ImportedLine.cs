namespace Cvmfs.Net.Monitoring.StatusPage.Import;

/// <summary>A line of another program's configuration and what became of it.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">The line, without spaces around it.</param>
/// <param name="Verdict">What became of it.</param>
/// <param name="Explanation">Why, or what it became.</param>
public sealed record ImportedLine(int Number, string Text, ImportVerdict Verdict, string Explanation);
