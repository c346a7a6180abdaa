namespace Cvmfs.Net.Monitoring;

/// <summary>A question to the geo API: in which order do these servers stand, seen from the anchor?</summary>
/// <remarks>The anchor must resolve. Then the answer does not depend on where the question comes from, and a server looks up no nonsense names.</remarks>
public sealed record GeoQuery
{
    private static readonly System.Buffers.SearchValues<char> Allowed = System.Buffers.SearchValues.Create("0123456789, \r\n");

    /// <summary>Three old Stratum 1 servers on three continents, seen from the first of them.</summary>
    public static GeoQuery Default { get; } = new("anchor",
    [
        new GeoHost("cvmfs-s1fnal.opensciencegrid.org", 41.85, -88.31),
        new GeoHost("cvmfs-stratum-one.cern.ch", 46.23, 6.05),
        new GeoHost("cvmfs-stratum-one.ihep.ac.cn", 39.92, 116.24),
    ]);

    /// <summary>Asks about hosts.</summary>
    /// <param name="set">Name in reports and labels: <c>anchor</c> for fixed hosts, <c>domain</c> for the servers that clients use.</param>
    /// <param name="hosts">Two or more hosts.</param>
    /// <exception cref="ArgumentException">Fewer than two hosts.</exception>
    public GeoQuery(string set, IReadOnlyList<GeoHost> hosts)
    {
        ArgumentException.ThrowIfNullOrEmpty(set);
        ArgumentNullException.ThrowIfNull(hosts);
        if (hosts.Count < 2) throw new ArgumentException($"{hosts.Count} hosts have no order; expected two or more.", nameof(hosts));
        (Set, Hosts) = (set, hosts);
    }

    /// <summary>Name in reports and labels.</summary>
    public string Set { get; }

    /// <summary>The hosts, in the order of the question.</summary>
    public IReadOnlyList<GeoHost> Hosts { get; }

    /// <summary>Where distances are measured from. Default: the first of <see cref="Hosts"/>.</summary>
    public GeoHost Anchor { get => field ?? Hosts[0]; init; }

    /// <summary>Reads an answer: positions from 1, separated by commas, each once.</summary>
    /// <returns>Null where it is no order of the hosts.</returns>
    public IReadOnlyList<int>? ReadOrder(ReadOnlySpan<char> answer)
    {
        if (answer.ContainsAnyExcept(Allowed)) return null;
        var order = new List<int>();
        foreach (var range in answer.Split(','))
        {
            if (order.Count == Hosts.Count) return null;
            if (!int.TryParse(answer[range].Trim(), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int position)) return null;
            if (position < 1 || position > Hosts.Count || order.Contains(position)) return null;
            order.Add(position);
        }

        return order.Count == Hosts.Count ? order : null;
    }

    /// <summary>Whether an order is that of the distances from the anchor. Hosts whose distances differ by less than a tenth may stand either way.</summary>
    /// <returns>Null where a place is not known.</returns>
    public bool? IsRight(IReadOnlyList<int> order)
    {
        ArgumentNullException.ThrowIfNull(order);
        double[] distances = new double[order.Count];
        for (int i = 0; i < order.Count; i++)
        {
            if (Distance(Anchor, Hosts[order[i] - 1]) is not { } distance) return null;
            distances[i] = distance;
        }

        double farthest = 0;
        foreach (double distance in distances)
        {
            if (farthest > distance && farthest - distance >= 0.1 * farthest) return false;
            farthest = Math.Max(farthest, distance);
        }

        return true;
    }

    /// <summary>Angle between two places, radians.</summary>
    private static double? Distance(GeoHost from, GeoHost to)
    {
        if (from is not { Latitude: { } latitude1, Longitude: { } longitude1 } || to is not { Latitude: { } latitude2, Longitude: { } longitude2 }) return null;
        var (a, b) = (double.DegreesToRadians(latitude1), double.DegreesToRadians(latitude2));
        double across = double.DegreesToRadians(longitude2 - longitude1);
        double haversine = Math.Pow(Math.Sin((b - a) / 2), 2) + (Math.Cos(a) * Math.Cos(b) * Math.Pow(Math.Sin(across / 2), 2));
        return 2 * Math.Asin(Math.Min(1, Math.Sqrt(haversine)));
    }
}
