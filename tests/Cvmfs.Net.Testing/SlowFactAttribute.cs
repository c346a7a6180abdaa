using System.Runtime.CompilerServices;
using Xunit;
using Xunit.v3;

namespace Cvmfs.Net.Testing;

/// <summary>A test of the slow lane: skipped, with the reason, unless the lane was asked for. Carries the trait <c>Lane=Slow</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SlowFactAttribute : FactAttribute, ITraitAttribute
{
    /// <summary>Marks a test.</summary>
    /// <param name="sourceFilePath">Filled in by the compiler.</param>
    /// <param name="sourceLineNumber">Filled in by the compiler.</param>
    public SlowFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
    {
        if (!SlowLane.IsAsked) Skip = SlowLane.Reason;
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Lane", "Slow")];
}
