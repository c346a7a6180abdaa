using System.Net;
using System.Net.Sockets;

namespace Cvmfs.Net.Server.Geo;

/// <summary>Where things are in a database, from the metadata at its end, and the walk from an address to its record.</summary>
/// <remarks>
/// <code>
/// search tree: nodes of two records, one for either value of the address's next bit ► 16 zero bytes ► data section ► marker ► metadata
/// </code>
/// A record below the number of nodes is the next node, the number itself means "nothing known", and one above points into the data section.
/// Databases over both protocols hold IPv4 below 96 zero bits.
/// </remarks>
internal sealed class MaxMindLayout
{
    /// <summary>Largest file that is read, in bytes: ten times today's largest free one.</summary>
    public const int MaxBytes = 1 << 30;

    private const int MaxMetadataBytes = 128 << 10; // as the format says
    private const int SeparatorBytes = 16;

    private readonly string _file;
    private readonly uint _nodes;
    private readonly int _recordBits;
    private readonly int _treeBytes;
    private readonly int _dataEnd;
    private uint _ipv4Root;

    private MaxMindLayout(string file, uint nodes, int recordBits, int treeBytes, int dataEnd, int ipVersion, DateTimeOffset builtAt, string databaseType)
    {
        (_file, _nodes, _recordBits, _treeBytes, _dataEnd) = (file, nodes, recordBits, treeBytes, dataEnd);
        (IpVersion, BuiltAt, DatabaseType) = (ipVersion, builtAt, databaseType);
    }

    private static ReadOnlySpan<byte> Marker =>
    [
        0xAB, 0xCD, 0xEF, (byte)'M', (byte)'a', (byte)'x', (byte)'M', (byte)'i', (byte)'n', (byte)'d', (byte)'.', (byte)'c', (byte)'o', (byte)'m',
    ];

    /// <summary>4: only IPv4 addresses are known; 6: both.</summary>
    public int IpVersion { get; }

    /// <summary>When the database was made.</summary>
    public DateTimeOffset BuiltAt { get; }

    /// <summary>What it is, such as <c>GeoLite2-City</c>.</summary>
    public string DatabaseType { get; }

    /// <summary>Reads the metadata and checks that tree and data section fit into the file.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="CvmfsFormatException">It is no such database, or of another version of the format.</exception>
    public static MaxMindLayout Read(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes.Length > MaxBytes) throw new CvmfsFormatException(file, $"has {bytes.Length} bytes, expected at most {MaxBytes}.");
        int searched = Math.Max(0, bytes.Length - MaxMetadataBytes);
        int marker = bytes[searched..].LastIndexOf(Marker);
        if (marker < 0) throw new CvmfsFormatException(file, $"no location database: the marker of its metadata is not among the last {MaxMetadataBytes} of {bytes.Length} bytes.");
        int dataEnd = searched + marker;
        int start = dataEnd + Marker.Length;
        var metadata = bytes[start..];

        long version = Number(metadata, "binary_format_major_version"u8, start, file);
        if (version != 2) throw new CvmfsFormatException(file, $"version {version} of the format, expected 2.", start);
        long recordBits = Number(metadata, "record_size"u8, start, file);
        if (recordBits is not (24 or 28 or 32)) throw new CvmfsFormatException(file, $"records of {recordBits} bits, expected 24, 28 or 32.", start);
        long ipVersion = Number(metadata, "ip_version"u8, start, file);
        if (ipVersion is not (4 or 6)) throw new CvmfsFormatException(file, $"addresses of version {ipVersion}, expected 4 or 6.", start);
        long nodes = Number(metadata, "node_count"u8, start, file);
        long treeBytes = nodes * (recordBits / 4);
        if (nodes > MaxBytes || treeBytes + SeparatorBytes > dataEnd)
        {
            throw new CvmfsFormatException(file, $"a tree of {nodes} nodes with {recordBits} bits a record, but only {dataEnd} bytes before the metadata.", start);
        }

        if (bytes.Slice((int)treeBytes, SeparatorBytes).ContainsAnyExcept((byte)0))
        {
            throw new CvmfsFormatException(file, $"the tree of {nodes} nodes does not end with {SeparatorBytes} zero bytes.", treeBytes);
        }

        long built = TryNumber(metadata, "build_epoch"u8, start, file) ?? 0;
        var type = new MaxMindReader(metadata, 0, start, file);
        var layout = new MaxMindLayout(
            file, (uint)nodes, (int)recordBits, (int)treeBytes, dataEnd, (int)ipVersion,
            DateTimeOffset.FromUnixTimeSeconds(Math.Min(built, DateTimeOffset.MaxValue.ToUnixTimeSeconds())),
            type.TryEnter("database_type"u8) ? type.ReadText() ?? "" : "");
        if (ipVersion == 6) layout._ipv4Root = layout.Walk(bytes, 0, stackalloc byte[12]);
        return layout;
    }

    /// <summary>Finds the place of an address. Null where the database knows none.</summary>
    /// <param name="bytes">The file that the layout was read from.</param>
    /// <param name="address">Of either protocol; an IPv4 address in IPv6 form is an IPv4 address.</param>
    /// <exception cref="CvmfsFormatException">The bytes on the way are not what the format allows.</exception>
    public GeoPoint? Locate(ReadOnlySpan<byte> bytes, IPAddress address)
    {
        Span<byte> network = stackalloc byte[16];
        if (!address.TryWriteBytes(network, out int length)) return null;
        bool isIpv4 = address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6;
        if (!isIpv4 && IpVersion == 4) return null;
        var bits = isIpv4 ? network.Slice(length - 4, 4) : network;
        uint record = Walk(bytes, isIpv4 ? _ipv4Root : 0, bits);
        if (record <= _nodes) return null; // nothing known, or an address that ends in the middle of the tree
        long offset = (long)record - _nodes - SeparatorBytes;
        int dataStart = _treeBytes + SeparatorBytes;
        if (offset < 0 || offset >= _dataEnd - dataStart)
        {
            throw new CvmfsFormatException(_file, $"a record points to {offset} in a data section of {_dataEnd - dataStart} bytes.", dataStart);
        }

        return ReadPlace(new MaxMindReader(bytes[dataStart.._dataEnd], (int)offset, dataStart, _file));
    }

    /// <summary>GeoLite2 and its kin have a map <c>location</c>; some free databases have the two numbers in the record itself.</summary>
    private static GeoPoint? ReadPlace(MaxMindReader record)
    {
        var place = record;
        if (!place.TryEnter("location"u8)) place = record;
        var north = place;
        var east = place;
        return north.TryEnter("latitude"u8) && north.TryReadNumber(out double latitude)
            && east.TryEnter("longitude"u8) && east.TryReadNumber(out double longitude)
            && GeoPoint.IsPlace(latitude, longitude)
            ? new GeoPoint(latitude, longitude)
            : null;
    }

    private static long Number(ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> key, int start, string file)
        => TryNumber(metadata, key, start, file) ?? throw new CvmfsFormatException(file, $"the metadata has no number {System.Text.Encoding.ASCII.GetString(key)}.", start);

    private static long? TryNumber(ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> key, int start, string file)
    {
        var reader = new MaxMindReader(metadata, 0, start, file);
        return reader.TryEnter(key) && reader.TryReadNumber(out double value) && value is >= 0 and <= uint.MaxValue ? (long)value : null;
    }

    /// <summary>Follows bits from a node to a record that is no node, or to the last bit: never more steps than an address has bits.</summary>
    private uint Walk(ReadOnlySpan<byte> bytes, uint node, ReadOnlySpan<byte> bits)
    {
        var tree = bytes[.._treeBytes];
        for (int bit = 0; bit < bits.Length * 8 && node < _nodes; bit++)
        {
            node = Record(tree, node, (bits[bit >> 3] >> (7 - (bit & 7))) & 1);
        }

        return node;
    }

    private uint Record(ReadOnlySpan<byte> tree, uint node, int side)
    {
        switch (_recordBits)
        {
            case 24:
                var small = tree.Slice((int)(node * 6) + (side * 3), 3);
                return ((uint)small[0] << 16) | ((uint)small[1] << 8) | small[2];
            case 28:
                // Seven bytes; the upper halves of both records share the one in the middle.
                var pair = tree.Slice((int)(node * 7), 7);
                uint high = side == 0 ? (uint)pair[3] >> 4 : pair[3] & 0xfu;
                var low = pair.Slice(side * 4, 3);
                return (high << 24) | ((uint)low[0] << 16) | ((uint)low[1] << 8) | low[2];
            default:
                return System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(tree.Slice((int)(node * 8) + (side * 4), 4));
        }
    }
}
