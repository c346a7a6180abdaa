namespace Cvmfs.Net.Transport;

/// <summary>What is asked of a server.</summary>
/// <param name="Url">Absolute, escaped as it is to be sent.</param>
/// <param name="IsHead">HEAD in place of GET.</param>
/// <param name="Mode">Whether caches on the way may answer.</param>
/// <param name="Range">A part; null for all.</param>
internal readonly record struct HttpAsk(string Url, bool IsHead, FetchMode Mode, ByteRange? Range)
{
    /// <summary>The field line that asks for the part, without its line end; null where all is wanted.</summary>
    public string? RangeValue => Range is { } part ? $"bytes={part.Offset}-{part.Last}" : null;
}
