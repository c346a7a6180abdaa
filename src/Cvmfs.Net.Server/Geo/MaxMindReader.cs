using System.Buffers.Binary;
using System.Text;

namespace Cvmfs.Net.Server.Geo;

/// <summary>Reads fields of a section: a cursor over bytes that an enemy may have written. Allocates nothing unless it throws.</summary>
/// <remarks>
/// A field is a control byte (type in the upper three bits, size in the lower five), more bytes of type and size where they do not fit, and a
/// payload. A pointer stands for a field elsewhere in the section, and never for another pointer. Copies are independent cursors.
/// Nothing here recurses, and one cursor reads a bounded number of fields: no file can make a look-up long or deep.
/// </remarks>
internal ref struct MaxMindReader
{
    /// <summary>Most fields one look-up passes. The largest records of real databases, with names in eight languages, have some 150.</summary>
    private const int MaxFields = 4096;

    private readonly ReadOnlySpan<byte> _section;
    private readonly long _sectionStart;
    private readonly string _file;
    private int _position;
    private int _fieldsLeft;

    /// <summary>Stands on a field.</summary>
    /// <param name="section">The section that pointers refer to.</param>
    /// <param name="position">Offset of the field in it.</param>
    /// <param name="sectionStart">Where the section is in the file, for messages.</param>
    /// <param name="file">The file, for messages.</param>
    public MaxMindReader(ReadOnlySpan<byte> section, int position, long sectionStart, string file)
    {
        _section = section;
        _position = position;
        _sectionStart = sectionStart;
        _file = file;
        _fieldsLeft = MaxFields;
    }

    /// <summary>Goes to the value of a key, if the cursor is on a map, or a pointer to one, that has it.</summary>
    /// <exception cref="CvmfsFormatException">The bytes are not what the format allows.</exception>
    public bool TryEnter(ReadOnlySpan<byte> key)
    {
        var (type, pairs) = ReadValueHeader();
        if (type != MaxMindType.Map) return false;
        for (; pairs > 0; pairs--)
        {
            if (ReadKey().SequenceEqual(key)) return true;
            Skip();
        }

        return false;
    }

    /// <summary>Reads a number of any type; false if the value is none.</summary>
    /// <exception cref="CvmfsFormatException">The bytes are not what the format allows.</exception>
    public bool TryReadNumber(out double value)
    {
        value = 0;
        int start = _position;
        var (type, size) = ReadValueHeader();
        switch (type)
        {
            case MaxMindType.Double:
                value = BinaryPrimitives.ReadDoubleBigEndian(Payload(size, 8, 8, start));
                return true;
            case MaxMindType.Float:
                value = BinaryPrimitives.ReadSingleBigEndian(Payload(size, 4, 4, start));
                return true;
            case MaxMindType.Int32:
                value = (int)BigEndian(Payload(size, 0, 4, start));
                return true;
            case MaxMindType.UInt16 or MaxMindType.UInt32 or MaxMindType.UInt64:
                value = BigEndian(Payload(size, 0, 8, start));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Reads a text; null if the value is none.</summary>
    /// <exception cref="CvmfsFormatException">The bytes are not what the format allows.</exception>
    public string? ReadText()
    {
        int start = _position;
        var (type, size) = ReadValueHeader();
        return type == MaxMindType.Text ? Encoding.UTF8.GetString(Payload(size, 0, int.MaxValue, start)) : null;
    }

    /// <summary>Passes one field and all that is in it. Pointers are passed, not followed.</summary>
    private void Skip()
    {
        for (long fields = 1; fields > 0; fields--)
        {
            int start = _position;
            var (type, size) = ReadHeader();
            switch (type)
            {
                case MaxMindType.Map:
                    fields += 2L * size;
                    break;
                case MaxMindType.Array:
                    fields += size;
                    break;
                case MaxMindType.Pointer or MaxMindType.Boolean:
                    break;
                default:
                    _ = Payload(size, 0, int.MaxValue, start);
                    break;
            }
        }
    }

    private ReadOnlySpan<byte> ReadKey()
    {
        int start = _position;
        var (type, size) = ReadHeader();
        if (type != MaxMindType.Pointer) return Text(type, size, start);
        int resume = _position;
        _position = size;
        (type, size) = ReadHeader();
        var key = Text(type, size, start);
        _position = resume;
        return key;
    }

    private ReadOnlySpan<byte> Text(MaxMindType type, int size, int start)
        => type == MaxMindType.Text ? Payload(size, 0, int.MaxValue, start) : throw Fault(start, $"a key is of type {type}, expected {MaxMindType.Text}.");

    /// <summary>Reads a header; if it is a pointer, goes to where it points and reads that one. There is no way back.</summary>
    private (MaxMindType Type, int Size) ReadValueHeader()
    {
        int start = _position;
        var (type, size) = ReadHeader();
        if (type != MaxMindType.Pointer) return (type, size);
        _position = size;
        (type, size) = ReadHeader();
        return type != MaxMindType.Pointer ? (type, size) : throw Fault(start, "a pointer points to a pointer.");
    }

    /// <summary>Reads type and size, or type and target of a pointer.</summary>
    private (MaxMindType Type, int Size) ReadHeader()
    {
        int start = _position;
        if (--_fieldsLeft < 0) throw Fault(start, $"more than {MaxFields} fields in one record.");
        byte control = ReadByte(start);
        var type = (MaxMindType)(control >> 5);
        if (type == MaxMindType.Pointer) return (type, ReadTarget(control, start));
        if (type == MaxMindType.Extended)
        {
            int number = ReadByte(start) + 7;
            type = (MaxMindType)Math.Min(number, byte.MaxValue);
            // Numbers up to 7 have no extended form, and 12 and 13 are of no use in a file.
            if (type is < MaxMindType.Int32 or > MaxMindType.Float or MaxMindType.Container or MaxMindType.EndMarker) throw Fault(start, $"type {number} is none.");
        }

        int size = control & 0x1f;
        if (size == 29) size = 29 + ReadByte(start);
        else if (size == 30) size = 285 + (int)ReadBigEndian(2, start);
        else if (size == 31) size = 65_821 + (int)ReadBigEndian(3, start);
        return (type, size);
    }

    /// <summary>Bits 3 and 4 of the control byte say how many bytes follow, its lowest three are the uppermost bits of all but the longest form.</summary>
    private int ReadTarget(byte control, int start)
    {
        uint high = control & 7u;
        uint target = ((control >> 3) & 3) switch
        {
            0 => (high << 8) | ReadBigEndian(1, start),
            1 => ((high << 16) | ReadBigEndian(2, start)) + 2048,
            2 => ((high << 24) | ReadBigEndian(3, start)) + 526_336,
            _ => ReadBigEndian(4, start),
        };
        return target < (uint)_section.Length ? (int)target : throw Fault(start, $"a pointer to {target}, but the section has {_section.Length} bytes.");
    }

    private ReadOnlySpan<byte> Payload(int size, int least, int most, int start)
    {
        if (size < least || size > most) throw Fault(start, $"a size of {size}, expected {least} to {most}.");
        if (size > _section.Length - _position) throw Fault(start, $"{size} bytes announced, {_section.Length - _position} are left.");
        var payload = _section.Slice(_position, size);
        _position += size;
        return payload;
    }

    private uint ReadBigEndian(int bytes, int start) => (uint)BigEndian(Payload(bytes, bytes, bytes, start));

    private byte ReadByte(int start) => Payload(1, 1, 1, start)[0];

    private static ulong BigEndian(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        foreach (byte b in bytes) value = (value << 8) | b;
        return value;
    }

    private readonly CvmfsFormatException Fault(int position, string message) => new(_file, message, _sectionStart + position);
}
