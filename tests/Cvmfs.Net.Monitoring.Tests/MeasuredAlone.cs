namespace Cvmfs.Net.Monitoring.Tests;

/// <summary>Tests that measure time run while no other does.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public sealed class MeasuredAlone;
