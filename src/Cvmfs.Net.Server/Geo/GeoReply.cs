using System.Globalization;
using System.Text;
using Cvmfs.Net.Documents;

namespace Cvmfs.Net.Server.Geo;

/// <summary>What is answered.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Body">The text.</param>
internal readonly record struct GeoReply(GeoOutcome Outcome, ReadOnlyMemory<byte> Body)
{
    /// <summary>Whether it is no error.</summary>
    public bool IsOk => Outcome is GeoOutcome.Ordered or GeoOutcome.Count;

    /// <summary>An order, as positions from 0.</summary>
    public static GeoReply Order(int[] order) => new(GeoOutcome.Ordered, GeoAnswer.Format(order));

    /// <summary>A number of look-ups.</summary>
    public static GeoReply Count(long lookups) => new(GeoOutcome.Count, Encoding.ASCII.GetBytes(lookups.ToString(CultureInfo.InvariantCulture) + "\n"));

    /// <summary>No answer, and why.</summary>
    public static GeoReply Refuse(GeoOutcome outcome, string reason) => new(outcome, Encoding.ASCII.GetBytes($"Bad Request: {reason}\n"));
}
