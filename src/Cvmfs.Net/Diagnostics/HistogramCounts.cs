namespace Cvmfs.Net.Diagnostics;

/// <summary>What a histogram has counted so far under one set of tags.</summary>
/// <param name="Buckets">Values in each bucket, not added up; one more than there are bounds: the last is for what is above them all.</param>
/// <param name="Sum">Sum of the values.</param>
/// <param name="Tags">The tags.</param>
public sealed record HistogramCounts(IReadOnlyList<long> Buckets, double Sum, params KeyValuePair<string, object?>[] Tags);
