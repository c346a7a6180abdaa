namespace Cvmfs.Net.Server.Geo;

/// <summary>Sorts places by their distance from one.</summary>
internal static class GeoOrder
{
    /// <summary>Positions from near to far. Equal distances keep their order; unknown places stand behind all others, in their order.</summary>
    /// <param name="origin">Where distances are measured from.</param>
    /// <param name="places">What to sort; null for unknown.</param>
    public static int[] Sort(GeoPoint origin, ReadOnlySpan<GeoPoint?> places)
    {
        int[] order = new int[places.Length];
        double[] distances = new double[places.Length];
        for (int next = 0; next < places.Length; next++)
        {
            double distance = places[next] is { } place ? origin.ArcTo(place) : double.PositiveInfinity;
            int at = next;
            // Insertion keeps the order of equals; there are a hundred at most.
            for (; at > 0 && distances[at - 1] > distance; at--) (order[at], distances[at]) = (order[at - 1], distances[at - 1]);
            (order[at], distances[at]) = (next, distance);
        }

        return order;
    }
}
