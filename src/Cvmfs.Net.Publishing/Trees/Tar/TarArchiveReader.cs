using System.Buffers.Text;
using Cvmfs.Net.Publishing.Trees.Native;

namespace Cvmfs.Net.Publishing.Trees.Tar;

/// <summary>Reads a tar stream entry by entry: ustar, PAX and GNU long names. Not thread-safe; does not own the stream.</summary>
/// <remarks>The class library's reader decodes names and attributes as text, which loses bytes that are not UTF-8. Here they stay as they are.</remarks>
internal sealed class TarArchiveReader(Stream archive)
{
    private const int BlockBytes = 512;
    private const int MaxExtensionBytes = 1 << 20; // names are at most 4 KiB, attributes 64 KiB each
    private const string ArchiveName = "tar archive";

    private readonly byte[] _block = new byte[BlockBytes];
    private readonly Dictionary<string, byte[]> _global = new(StringComparer.Ordinal);
    private long _position;
    private long _unread;
    private long _padding;

    /// <summary>Reads the next entry's header; what is left of the last entry's content is skipped. Null at the end.</summary>
    /// <exception cref="CvmfsFormatException">The archive is damaged, cut off, or holds a type of entry that has no place in a repository.</exception>
    public async ValueTask<TarHeader?> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        var extensions = new Dictionary<string, byte[]>(_global, StringComparer.Ordinal);
        while (true)
        {
            await SkipContentAsync(cancellationToken).ConfigureAwait(false);
            long start = _position;
            int read = await FillAsync(_block, cancellationToken).ConfigureAwait(false);
            if (read == 0 || (read == BlockBytes && !_block.AsSpan().ContainsAnyExcept((byte)0))) return null;
            if (read < BlockBytes) throw Wrong("the archive ends within a header", start);
            CheckSum(start);
            long size = Number(_block.AsSpan(124, 12), start);
            SetContent(size);
            switch (_block[156])
            {
                case (byte)'x': ReadPax(await ReadExtensionAsync(size, start, cancellationToken).ConfigureAwait(false), extensions, start); break;
                case (byte)'g': ReadPax(await ReadExtensionAsync(size, start, cancellationToken).ConfigureAwait(false), _global, start); break;
                case (byte)'L': extensions["path"] = Text(await ReadExtensionAsync(size, start, cancellationToken).ConfigureAwait(false)); break;
                case (byte)'K': extensions["linkpath"] = Text(await ReadExtensionAsync(size, start, cancellationToken).ConfigureAwait(false)); break;
                case (byte)'V': break; // a label
                case >= (byte)'0' and <= (byte)'7' or 0: return MakeHeader(extensions, size, start);
                default: throw Wrong($"an entry has type \"{(char)_block[156]}\", which is not supported", start);
            }
        }
    }

    /// <summary>The content of the entry whose header was read last; good until the next header is read.</summary>
    public Stream OpenContent() => new ContentStream(this);

    private TarHeader MakeHeader(Dictionary<string, byte[]> extensions, long size, long start)
    {
        if (extensions.Keys.Any(static key => key.StartsWith("GNU.sparse.", StringComparison.Ordinal))) throw Wrong("sparse files are not supported", start);
        var header = _block.AsSpan();
        if (extensions.TryGetValue("size", out byte[]? sizeText)) SetContent(size = Decimal(sizeText, "size", start));
        byte type = header[156] is 0 or (byte)'7' ? (byte)'0' : header[156];
        if (type != '0') SetContent(type is (byte)'1' ? 0 : size); // a hard link's size is the other entry's
        var (seconds, nanoseconds) = extensions.TryGetValue("mtime", out byte[]? time) ? Time(time, start) : (Number(header.Slice(136, 12), start), 0);
        return new TarHeader
        {
            Name = extensions.GetValueOrDefault("path") ?? UstarName(header),
            LinkName = extensions.GetValueOrDefault("linkpath") ?? Text(header.Slice(157, 100)),
            Type = type,
            Permissions = (uint)Number(header.Slice(100, 8), start) & 0xFFF,
            Uid = (uint)(extensions.TryGetValue("uid", out byte[]? uid) ? Decimal(uid, "uid", start) : Number(header.Slice(108, 8), start)),
            Gid = (uint)(extensions.TryGetValue("gid", out byte[]? gid) ? Decimal(gid, "gid", start) : Number(header.Slice(116, 8), start)),
            Size = size,
            MTimeSeconds = seconds,
            MTimeNanoseconds = nanoseconds,
            DeviceNumber = type is (byte)'3' or (byte)'4'
                ? LinuxFiles.MakeDevice((uint)Number(header.Slice(329, 8), start), (uint)Number(header.Slice(337, 8), start))
                : 0,
            Xattrs = [.. extensions
                .Where(static pair => pair.Key.StartsWith(PaxXattrPrefix, StringComparison.Ordinal))
                .Select(static pair => KeyValuePair.Create<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
                    System.Text.Encoding.Latin1.GetBytes(pair.Key[PaxXattrPrefix.Length..]), pair.Value))],
        };
    }

    private const string PaxXattrPrefix = "SCHILY.xattr.";

    /// <summary>Records are "length key=value\n"; keys are kept byte for byte as Latin-1.</summary>
    private static void ReadPax(ReadOnlySpan<byte> records, Dictionary<string, byte[]> into, long start)
    {
        while (!records.IsEmpty && records[0] != 0)
        {
            if (!Utf8Parser.TryParse(records, out int length, out int digits) || length <= digits + 2 || length > records.Length || records[digits] != ' ')
                throw Wrong("an extension record has a wrong length", start);
            var record = records[(digits + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0 || records[length - 1] != '\n') throw Wrong("an extension record is no key=value", start);
            into[System.Text.Encoding.Latin1.GetString(record[..equals])] = record[(equals + 1)..].ToArray();
            records = records[length..];
        }
    }

    private static byte[] UstarName(ReadOnlySpan<byte> header)
    {
        byte[] name = Text(header[..100]);
        bool isUstar = header.Slice(257, 6).SequenceEqual("ustar\0"u8);
        byte[] prefix = isUstar ? Text(header.Slice(345, 155)) : []; // in GNU's own format these bytes are something else
        return prefix.Length == 0 ? name : [.. prefix, (byte)'/', .. name];
    }

    private static byte[] Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return (end < 0 ? field : field[..end]).ToArray();
    }

    /// <summary>Octal digits, or GNU's binary form for what octal cannot hold.</summary>
    private static long Number(ReadOnlySpan<byte> field, long start)
    {
        if ((field[0] & 0x80) != 0)
        {
            long value = (field[0] & 0x40) != 0 ? -1 : 0;
            for (int i = 0; i < field.Length; i++)
            {
                long digit = i == 0 && value == 0 ? field[i] & 0x7f : field[i];
                value = unchecked((value << 8) | digit);
            }

            return value;
        }

        long number = 0;
        foreach (byte digit in Text(field).AsSpan().Trim(" "u8))
        {
            if (digit is < (byte)'0' or > (byte)'7') throw Wrong("a number in a header is not octal", start);
            number = (number << 3) | (uint)(digit - '0');
        }

        return number;
    }

    private static long Decimal(ReadOnlySpan<byte> text, string key, long start)
        => Utf8Parser.TryParse(text, out long value, out int used) && used == text.Length && value >= 0 ? value : throw Wrong($"{key} is no number", start);

    private static (long Seconds, int Nanoseconds) Time(ReadOnlySpan<byte> text, long start)
    {
        int point = text.IndexOf((byte)'.');
        var whole = point < 0 ? text : text[..point];
        if (!Utf8Parser.TryParse(whole, out long seconds, out int used) || used != whole.Length) throw Wrong("mtime is no number", start);
        int nanoseconds = 0;
        var fraction = point < 0 ? default : text[(point + 1)..];
        for (int i = 0; i < 9; i++)
        {
            int digit = i < fraction.Length ? fraction[i] - '0' : 0;
            if (digit is < 0 or > 9) throw Wrong("mtime is no number", start);
            nanoseconds = 10 * nanoseconds + digit;
        }

        return text[0] == '-' && nanoseconds > 0 ? (seconds - 1, 1_000_000_000 - nanoseconds) : (seconds, nanoseconds);
    }

    private void CheckSum(long start)
    {
        int sum = 8 * ' ';
        for (int i = 0; i < BlockBytes; i++)
        {
            if (i is < 148 or >= 156) sum += _block[i];
        }

        if (Number(_block.AsSpan(148, 8), start) != sum) throw Wrong($"the header's checksum is not {sum}: this is no tar archive, or it is damaged or compressed", start);
    }

    private void SetContent(long size)
    {
        if (size < 0) throw Wrong($"an entry has {size} bytes", _position);
        _unread = size;
        _padding = (BlockBytes - size % BlockBytes) % BlockBytes;
    }

    private async ValueTask<byte[]> ReadExtensionAsync(long size, long start, CancellationToken cancellationToken)
    {
        if (size > MaxExtensionBytes) throw Wrong($"an extension header has {size} bytes", start);
        byte[] content = new byte[size];
        if (await FillAsync(content, cancellationToken).ConfigureAwait(false) < size) throw Wrong("the archive ends within an extension header", start);
        _unread = 0;
        return content;
    }

    private async ValueTask SkipContentAsync(CancellationToken cancellationToken)
    {
        byte[] scratch = _unread + _padding > BlockBytes ? new byte[1 << 16] : _block;
        for (long left = _unread + _padding; left > 0;)
        {
            int read = await archive.ReadAsync(scratch.AsMemory(0, (int)Math.Min(left, scratch.Length)), cancellationToken).ConfigureAwait(false);
            if (read == 0) throw Wrong("the archive ends within an entry's content", _position);
            left -= read;
            _position += read;
        }

        (_unread, _padding) = (0, 0);
    }

    private async ValueTask<int> FillAsync(byte[] buffer, CancellationToken cancellationToken)
    {
        int read = await archive.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        _position += read;
        return read;
    }

    private static CvmfsFormatException Wrong(string message, long offset) => new(ArchiveName, $"{message}.", offset);

    private sealed class ContentStream(TarArchiveReader reader) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (reader._unread == 0 || buffer.IsEmpty) return 0;
            int read = await reader.Archive.ReadAsync(buffer[..(int)Math.Min(buffer.Length, reader._unread)], cancellationToken).ConfigureAwait(false);
            if (read == 0) throw Wrong("the archive ends within an entry's content", reader._position);
            reader._unread -= read;
            reader._position += read;
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
            => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Archives are read asynchronously.");

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private Stream Archive => archive;
}
