using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace Cvmfs.Net.Testing.Geo;

/// <summary>Writes small location databases in MaxMind's format, as the free ones are laid out, and in some ways that those are not.</summary>
/// <remarks>Not for large ones: the tree is kept as objects. IPv4 networks go below 96 zero bits where the database is of version 6.</remarks>
public sealed class LocationDatabaseWriter
{
    private static readonly byte[] s_marker = [0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8];

    private readonly Node _root = new();
    private readonly List<byte> _data = [];
    private readonly Dictionary<string, int> _texts = [];

    /// <summary>Bits of a record: 24, 28 or 32.</summary>
    public int RecordBits { get; init; } = 28;

    /// <summary>4 or 6.</summary>
    public int IpVersion { get; init; } = 6;

    /// <summary>When it pretends to have been made.</summary>
    public DateTimeOffset BuiltAt { get; init; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What it pretends to be.</summary>
    public string DatabaseType { get; init; } = "GeoLite2-City";

    /// <summary>Whether keys that were written before are pointed to, as in all real databases.</summary>
    public bool UsePointers { get; init; } = true;

    /// <summary>Adds a place, in a record with other fields around it.</summary>
    /// <param name="network">Such as <c>192.0.2.0/24</c> or <c>2001:db8::/32</c>.</param>
    /// <param name="latitude">Degrees.</param>
    /// <param name="longitude">Degrees.</param>
    public LocationDatabaseWriter Add(string network, double latitude, double longitude) => AddRecord(network, () =>
    {
        WriteControl(7, 3);
        WriteText("city");
        WriteControl(7, 1);
        WriteText("names");
        WriteControl(7, 2);
        WriteText("en");
        WriteText("Somewhere");
        WriteText("ru");
        WriteText("Где-то");
        WriteText("location");
        WriteControl(7, 4);
        WriteText("accuracy_radius");
        WriteControl(5, 1);
        _data.Add(100);
        WriteText("latitude");
        WriteDouble(latitude);
        WriteText("longitude");
        WriteDouble(longitude);
        WriteText("time_zone");
        WriteText("Etc/UTC");
        WriteText("subdivisions");
        WriteControl(11, 1);
        WriteControl(7, 1);
        WriteText("iso_code");
        WriteText("XX");
    });

    /// <summary>Adds a record without a place.</summary>
    public LocationDatabaseWriter AddWithoutPlace(string network) => AddRecord(network, () =>
    {
        WriteControl(7, 1);
        WriteText("country");
        WriteControl(7, 1);
        WriteText("iso_code");
        WriteText("XX");
    });

    /// <summary>Adds a record whose two numbers stand in the record itself, as some free databases have them.</summary>
    public LocationDatabaseWriter AddFlat(string network, float latitude, float longitude) => AddRecord(network, () =>
    {
        WriteControl(7, 2);
        WriteText("latitude");
        WriteFloat(latitude);
        WriteText("longitude");
        WriteFloat(longitude);
    });

    /// <summary>Adds a record of bytes as they are.</summary>
    public LocationDatabaseWriter AddRaw(string network, ReadOnlySpan<byte> record)
    {
        byte[] bytes = record.ToArray();
        return AddRecord(network, () => _data.AddRange(bytes));
    }

    /// <summary>The whole file.</summary>
    public byte[] ToBytes()
    {
        var nodes = new List<Node>();
        Number(_root, nodes);
        var file = new MemoryStream();
        foreach (var node in nodes) WriteNode(file, Record(node.Left, nodes.Count), Record(node.Right, nodes.Count));
        file.Write(new byte[16]);
        file.Write(CollectionsMarshal.AsSpan(_data));
        file.Write(s_marker);
        file.Write(Metadata(nodes.Count));
        return file.ToArray();
    }

    private LocationDatabaseWriter AddRecord(string network, Action write)
    {
        var (address, prefix) = (IPNetwork.Parse(network).BaseAddress, IPNetwork.Parse(network).PrefixLength);
        byte[] bits = address.GetAddressBytes();
        if (IpVersion == 6 && bits.Length == 4) (bits, prefix) = ([.. new byte[12], .. bits], prefix + 96);
        var node = _root;
        for (int bit = 0; bit < prefix; bit++)
        {
            bool right = ((bits[bit >> 3] >> (7 - (bit & 7))) & 1) != 0;
            bool isLast = bit == prefix - 1;
            var next = (right ? node.Right : node.Left) ?? new Node();
            if (isLast) next = new Node { Offset = _data.Count };
            if (right) node.Right = next;
            else node.Left = next;
            node = next;
        }

        write();
        return this;
    }

    private static void Number(Node node, List<Node> nodes)
    {
        if (node.Offset is not null) return;
        node.Index = nodes.Count;
        nodes.Add(node);
        if (node.Left is { } left) Number(left, nodes);
        if (node.Right is { } right) Number(right, nodes);
    }

    private static uint Record(Node? node, int count) => node switch
    {
        null => (uint)count,
        { Offset: { } offset } => (uint)(count + 16 + offset),
        _ => (uint)node.Index,
    };

    private void WriteNode(MemoryStream file, uint left, uint right)
    {
        Span<byte> pair = stackalloc byte[8];
        switch (RecordBits)
        {
            case 24:
                BinaryPrimitives.WriteUInt32BigEndian(pair, left << 8);
                BinaryPrimitives.WriteUInt32BigEndian(pair[3..], right << 8);
                file.Write(pair[..6]);
                break;
            case 28:
                BinaryPrimitives.WriteUInt32BigEndian(pair, left << 8);
                BinaryPrimitives.WriteUInt32BigEndian(pair[3..], right & 0xffffff);
                pair[3] = (byte)(((left >> 24) << 4) | (right >> 24));
                file.Write(pair[..7]);
                break;
            default:
                BinaryPrimitives.WriteUInt32BigEndian(pair, left);
                BinaryPrimitives.WriteUInt32BigEndian(pair[4..], right);
                file.Write(pair);
                break;
        }
    }

    private byte[] Metadata(int nodes)
    {
        var writer = new LocationDatabaseWriter { UsePointers = false };
        writer.WriteControl(7, 7);
        writer.WriteText("binary_format_major_version");
        writer.WriteUnsigned(5, 2);
        writer.WriteText("languages");
        writer.WriteControl(11, 1);
        writer.WriteText("en");
        writer.WriteText("build_epoch");
        writer.WriteUnsigned(9, (ulong)BuiltAt.ToUnixTimeSeconds());
        writer.WriteText("database_type");
        writer.WriteText(DatabaseType);
        writer.WriteText("ip_version");
        writer.WriteUnsigned(5, (ulong)IpVersion);
        writer.WriteText("node_count");
        writer.WriteUnsigned(6, (ulong)nodes);
        writer.WriteText("record_size");
        writer.WriteUnsigned(5, (ulong)RecordBits);
        return writer._data.ToArray();
    }

    private void WriteControl(int type, int size)
    {
        int first = size < 29 ? size : size < 285 ? 29 : 30;
        _data.Add((byte)((type > 7 ? 0 : type << 5) | first));
        if (type > 7) _data.Add((byte)(type - 7));
        if (first == 29) _data.Add((byte)(size - 29));
        if (first == 30) _data.AddRange([(byte)((size - 285) >> 8), (byte)(size - 285)]);
    }

    private void WriteText(string text)
    {
        if (UsePointers && _texts.TryGetValue(text, out int at))
        {
            WritePointer(at);
            return;
        }

        _texts[text] = _data.Count;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        WriteControl(2, bytes.Length);
        _data.AddRange(bytes);
    }

    private void WritePointer(int target)
    {
        if (target < 2048) _data.AddRange([(byte)(0x20 | (target >> 8)), (byte)target]);
        else _data.AddRange([(byte)(0x28 | ((target - 2048) >> 16)), (byte)((target - 2048) >> 8), (byte)(target - 2048)]);
    }

    private void WriteDouble(double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        WriteControl(3, 8);
        _data.AddRange(bytes);
    }

    private void WriteFloat(float value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleBigEndian(bytes, value);
        WriteControl(15, 4);
        _data.AddRange(bytes);
    }

    private void WriteUnsigned(int type, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        var significant = bytes.TrimStart((byte)0);
        WriteControl(type, significant.Length);
        _data.AddRange(significant);
    }

    private sealed class Node
    {
        public Node? Left { get; set; }

        public Node? Right { get; set; }

        public int Index { get; set; }

        public int? Offset { get; init; }
    }
}
