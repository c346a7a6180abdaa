using System.Buffers.Binary;

namespace Cvmfs.Net.Databases;

/// <summary>The first 100 bytes of a database: checked before SQLite sees the file, so that a claim about its size is not believed.</summary>
internal static class SqliteHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int Bytes = 100;

    private const int PageSizeAt = 16;
    private const int WriteVersionAt = 18;
    private const int ReadVersionAt = 19;
    private const int FractionsAt = 21;
    private const int ChangeCounterAt = 24;
    private const int PageCountAt = 28;
    private const int SchemaFormatAt = 44;
    private const int EncodingAt = 56;
    private const int ValidForAt = 92;

    private static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    /// <summary>Whether bytes begin as a database does: tells a plain object from a compressed one.</summary>
    public static bool IsMagic(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    /// <summary>Refuses what cannot be a whole, readable UTF-8 database.</summary>
    /// <param name="name">The file, for the message.</param>
    /// <param name="header">At least the first <see cref="Bytes"/> bytes, or all of a shorter file.</param>
    /// <param name="fileBytes">Length of the whole file.</param>
    /// <exception cref="CvmfsFormatException">What was found at which offset, and what was expected.</exception>
    public static void Check(string name, ReadOnlySpan<byte> header, long fileBytes)
    {
        if (header.Length < Bytes) throw new CvmfsFormatException(name, $"{fileBytes} bytes are no database: its header alone has {Bytes}.");
        if (!IsMagic(header)) throw new CvmfsFormatException(name, "does not begin with \"SQLite format 3\": no database.", 0);

        int pageBytes = BinaryPrimitives.ReadUInt16BigEndian(header[PageSizeAt..]);
        if (pageBytes == 1) pageBytes = 65536;
        if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) != 0)
        {
            throw new CvmfsFormatException(name, $"page size {pageBytes} is no power of two between 512 and 65536.", PageSizeAt);
        }

        if (header[WriteVersionAt] is not (1 or 2) || header[ReadVersionAt] is not (1 or 2))
        {
            throw new CvmfsFormatException(name, $"file format {header[WriteVersionAt]}/{header[ReadVersionAt]} is neither 1 nor 2.", WriteVersionAt);
        }

        if (!header[FractionsAt..ChangeCounterAt].SequenceEqual((ReadOnlySpan<byte>)[64, 32, 32]))
        {
            throw new CvmfsFormatException(name, "the payload fractions are not 64, 32, 32.", FractionsAt);
        }

        CheckPages(name, header, fileBytes, pageBytes);

        uint format = BinaryPrimitives.ReadUInt32BigEndian(header[SchemaFormatAt..]);
        if (format is < 1 or > 4) throw new CvmfsFormatException(name, $"schema format {format} is not 1 to 4.", SchemaFormatAt);
        uint encoding = BinaryPrimitives.ReadUInt32BigEndian(header[EncodingAt..]);
        if (encoding != 1) throw new CvmfsFormatException(name, $"text encoding {encoding} is not 1 (UTF-8).", EncodingAt);
    }

    /// <summary>Marks a copy as rollback-journal: a write-ahead log cannot belong to an immutable image.</summary>
    public static void ClearWriteAheadLog(Span<byte> header) => header[WriteVersionAt] = header[ReadVersionAt] = 1;

    private static void CheckPages(string name, ReadOnlySpan<byte> header, long fileBytes, int pageBytes)
    {
        // The count is valid only if the counters agree; old writers left it alone, and SQLite then goes by the length of the file.
        bool counted = header[ChangeCounterAt..PageCountAt].SequenceEqual(header.Slice(ValidForAt, 4));
        long pages = BinaryPrimitives.ReadUInt32BigEndian(header[PageCountAt..]);
        long expected = counted && pages > 0 ? pages * pageBytes : pageBytes;
        if (fileBytes < expected)
        {
            throw new CvmfsFormatException(name, $"has {fileBytes} bytes where its header says {expected} ({expected / pageBytes} pages of {pageBytes}).", PageCountAt);
        }

        if (fileBytes % pageBytes != 0)
        {
            throw new CvmfsFormatException(name, $"has {fileBytes} bytes, which is no whole number of pages of {pageBytes}.");
        }
    }
}
