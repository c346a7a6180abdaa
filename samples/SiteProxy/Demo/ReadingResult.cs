namespace SiteProxy.Demo;

/// <param name="Files">Files read.</param>
/// <param name="Bytes">Bytes of their contents.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record ReadingResult(int Files, long Bytes, TimeSpan Duration);
