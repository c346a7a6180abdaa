namespace Cvmfs.Net.Proxy.Documents;

/// <summary>How long an answer may be kept and shown.</summary>
/// <param name="Life">From its arrival on; zero for "do not keep".</param>
/// <param name="WhileRefreshing">How long past its life it is shown while a newer one is being fetched.</param>
/// <param name="IfError">How long past its life it stands in while no server answers.</param>
/// <param name="RefreshFrom">Part of the life after which a newer one is fetched ahead, 0 to 1; 1 for never.</param>
internal readonly record struct DocumentLifetime(TimeSpan Life, TimeSpan WhileRefreshing = default, TimeSpan IfError = default, double RefreshFrom = 1)
{
    /// <summary>Not to be kept.</summary>
    public static DocumentLifetime None => default;
}
