using System.Buffers;
using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Documents;

/// <summary>The answer of the geo API: the positions of the hosts that were asked about, nearest first, such as <c>3,1,2</c>.</summary>
/// <remarks>Unsigned: it may choose a server, it must not decide what is believed.</remarks>
public static class GeoAnswer
{
    /// <summary>Bytes of the longest answer that is read.</summary>
    public const int MaxBytes = 4096;

    private static readonly SearchValues<byte> Allowed = SearchValues.Create("0123456789,\n"u8);

    /// <summary>Reads an answer, by the client's rule: digits, commas and line feeds only, and every position exactly once.</summary>
    /// <param name="body">The response's body.</param>
    /// <param name="count">How many hosts were asked about, separators included.</param>
    /// <param name="order">Positions in the request, from 0, nearest first.</param>
    public static bool TryParse(ReadOnlySpan<byte> body, int count, out IReadOnlyList<int> order)
    {
        order = [];
        if (count <= 0 || body.IsEmpty || body.Length > MaxBytes || body.ContainsAnyExcept(Allowed)) return false;
        string[] numbers = Encoding.ASCII.GetString(body).Replace("\n", "", StringComparison.Ordinal).Split(',');
        if (numbers.Length != count) return false;

        int[] positions = new int[count];
        bool[] seen = new bool[count];
        for (int i = 0; i < count; i++)
        {
            if (!int.TryParse(numbers[i], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                || number < 1 || number > count || seen[number - 1])
            {
                return false;
            }

            positions[i] = number - 1;
            seen[number - 1] = true;
        }

        order = positions;
        return true;
    }

    /// <summary>Brings hosts into the order of an answer; an answer that does not hold leaves them as they are.</summary>
    public static IReadOnlyList<T> Apply<T>(IReadOnlyList<T> hosts, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        return TryParse(body, hosts.Count, out var order) ? [.. order.Select(position => hosts[position])] : hosts;
    }

    /// <summary>Writes an answer.</summary>
    /// <param name="order">Positions in the request, from 0, nearest first.</param>
    public static byte[] Format(IReadOnlyList<int> order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return Encoding.ASCII.GetBytes(string.Join(',', order.Select(position => (position + 1).ToString(CultureInfo.InvariantCulture))) + "\n");
    }
}
