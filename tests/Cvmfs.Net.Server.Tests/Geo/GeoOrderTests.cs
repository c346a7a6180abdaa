using Cvmfs.Net.Server.Geo;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Server.Tests.Geo;

public sealed class GeoOrderTests
{
    private static readonly GeoPoint s_cern = new(46.2324, 6.0502);
    private static readonly GeoPoint s_fnal = new(41.7768, -88.4604);
    private static readonly GeoPoint s_ihep = new(39.9289, 116.3883);
    private static readonly GeoPoint s_ral = new(51.75, -1.25);

    [Fact]
    [Conforms("protocol", 126)]
    public void Measures_what_the_reference_measures()
    {
        Assert.Equal(1.1145846, s_cern.ArcTo(s_fnal), 1e-7);
        Assert.Equal(1.6622382, s_ihep.ArcTo(s_fnal), 1e-7);
        Assert.Equal(0.1274021, s_cern.ArcTo(s_ral), 1e-7);
        Assert.Equal(1.2830254, s_ihep.ArcTo(s_ral), 1e-7);
        Assert.Equal(1.2878979, s_ihep.ArcTo(s_cern), 1e-7);
        Assert.Equal([3, 0, 1, 2], GeoOrder.Sort(s_ral, [s_cern, s_fnal, s_ihep, s_ral]));
        Assert.Equal([3, 0, 1, 2], GeoLocator.Order(s_ral, [s_cern, s_fnal, s_ihep, s_ral], separator: -1)!);
    }

    [Fact]
    [Conforms("protocol", 125)]
    public void Rounding_gives_no_distance_that_is_no_number() => Properties.Hold((ushort x, ushort y, byte by) =>
    {
        // Neighbours, and the other side of the earth: where the cosine comes out at 1 and beyond.
        var a = new GeoPoint((x / 65535.0 * 180) - 90, (y / 65535.0 * 360) - 180);
        var near = new GeoPoint(Math.Clamp(a.Latitude + (by * 1e-9), -90, 90), a.Longitude);
        var opposite = new GeoPoint(-a.Latitude, a.Longitude > 0 ? a.Longitude - 180 : a.Longitude + 180);
        return a.ArcTo(a) == 0 && a.ArcTo(near) is >= 0 and < 1e-5 && Math.Abs(a.ArcTo(opposite) - Math.PI) < 1e-5;
    });

    [Fact]
    [Conforms("stratum1", 85)]
    [Conforms("protocol", 122)]
    public void Every_order_is_a_permutation_with_the_unknown_behind_in_their_order() => Properties.Hold((byte[] kinds) =>
    {
        if (kinds.Length is 0 or > 100) return true;
        // Few different places, so that there are equal distances.
        GeoPoint?[] places = [.. kinds.Select(kind => kind % 4 == 0 ? null : (GeoPoint?)new GeoPoint((kind % 5) * 10, 0))];
        int[] order = GeoOrder.Sort(new GeoPoint(12, 3), places);
        var expected = Enumerable.Range(0, places.Length)
            .OrderBy(i => places[i] is { } place ? new GeoPoint(12, 3).ArcTo(place) : double.PositiveInfinity); // stable, by the framework
        return order.SequenceEqual(expected);
    });

    [Fact]
    [Conforms("protocol", 124)]
    [Conforms("stratum1", 85)]
    public void Fallback_proxies_stand_between_client_and_hosts()
    {
        // Client at IHEP, the nearest proxy at CERN: hosts are sorted as CERN sees them. Elements: FNAL, RAL, separator, FNAL, CERN.
        Assert.Equal([1, 0, 4, 3, 2], GeoLocator.Order(s_cern, [s_fnal, s_ral, null, s_fnal, s_cern], separator: 2)!);
        // From IHEP itself the order would be IHEP, CERN, FNAL; from the nearest proxy, CERN, it is CERN, FNAL, IHEP.
        Assert.Equal([2, 0, 1, 4, 5, 3], GeoLocator.Order(s_ihep, [s_fnal, s_ihep, s_cern, null, s_cern, s_fnal], separator: 3)!);
        // No proxy is known: as the client sees them.
        Assert.Equal([1, 2, 0, 4, 5, 3], GeoLocator.Order(s_ihep, [s_fnal, s_ihep, s_cern, null, null, null], separator: 3)!);
        // No host is known: no answer, whatever proxies there are.
        Assert.Null(GeoLocator.Order(s_ihep, [null, null, s_cern], separator: 1));
        Assert.Null(GeoLocator.Order(s_ihep, [null, s_cern], separator: 0));
        Assert.Equal([0, 1], GeoLocator.Order(s_ihep, [s_cern, null], separator: 1)!);
    }
}
