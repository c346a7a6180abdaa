namespace Cvmfs.Net.Proxy.SquidImport;

/// <summary>A line of squid's configuration and what became of it.</summary>
/// <param name="File">The file it is in.</param>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">The line.</param>
/// <param name="Verdict">What became of it.</param>
/// <param name="Explanation">Why, or what it became.</param>
public sealed record SquidLine(string File, int Number, string Text, SquidVerdict Verdict, string Explanation);
