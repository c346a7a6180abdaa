namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>Words for results.</summary>
internal static class RequestResults
{
    /// <summary>How many there are.</summary>
    public const int Count = (int)RequestResult.Error + 1;

    private static readonly string[] Names = ["hit", "revalidated", "miss", "collapsed", "bypass", "stale", "denied", "error"];

    /// <summary>The word in metrics and logs.</summary>
    public static string Text(RequestResult result) => Names[(int)result];
}
