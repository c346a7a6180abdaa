using System.Globalization;

namespace Cvmfs.Net.Testing;

/// <summary>Tests that need minutes run only when they are asked for: <c>CVMFSNET_SLOW=1</c>. See docs/testing.md.</summary>
public static class SlowLane
{
    /// <summary>The environment variable that asks.</summary>
    public const string Variable = "CVMFSNET_SLOW";

    /// <summary>Why a test of the slow lane did not run.</summary>
    public const string Reason = $"slow lane: set {Variable}=1 to run it";

    /// <summary>Whether the slow lane was asked for.</summary>
    public static bool IsAsked => Environment.GetEnvironmentVariable(Variable) is "1" or "true";

    /// <summary>A number that long runs set from outside, such as how often a harness kills.</summary>
    /// <param name="variable">Name of an environment variable.</param>
    /// <param name="fallback">What holds without it.</param>
    /// <exception cref="FormatException">The variable is no number.</exception>
    public static int Number(string variable, int fallback)
        => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;
}
