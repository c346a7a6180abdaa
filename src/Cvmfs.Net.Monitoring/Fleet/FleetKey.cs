using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>A public master key of the fleet file.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">next, active or retired.</param>
/// <param name="Pem">The key; null where the file could not be read.</param>
/// <param name="File">Where it is kept; null for a key in the fleet file itself.</param>
/// <param name="ValidUntil">End of its use; null for none.</param>
/// <param name="ValidFrom">Begin of its use; null where it is not said.</param>
public sealed record FleetKey(string Id, string State, string? Pem, string? File, DateTimeOffset? ValidUntil, DateTimeOffset? ValidFrom = null)
{
    /// <summary>Whether clients get it: keys in use and to come, and retired ones until their time is over.</summary>
    public bool IsShippedAt(DateTimeOffset now) => State != "retired" || ValidUntil > now;

    /// <summary>Short names of the keys in its text, as reports name the one that signed a whitelist; none where it holds no RSA key.</summary>
    internal IReadOnlyList<string> Ids => Pem is null ? [] : IdsOf(Pem);

    /// <summary>The same for any text.</summary>
    internal static IReadOnlyList<string> IdsOf(string pem)
    {
        try
        {
            return MasterKeys.FromPem(pem).Ids;
        }
        catch (CvmfsFormatException)
        {
            return [];
        }
    }
}
