using System.Runtime.InteropServices;

namespace Cvmfs.Net.Compression;

/// <summary>Owns one decompression context of libzstd.</summary>
internal sealed class ZstdContext : SafeHandle
{
    private const int WindowLogMaxParameter = 100; // ZSTD_d_windowLogMax

    // 8 MiB: what RFC 8878 asks every decoder to bear; the publisher's level 3 needs 2 MiB. A frame may claim gigabytes.
    private const int WindowLogMax = 23;

    private readonly ZstdLibrary.Exports _library;

    public ZstdContext(ZstdLibrary.Exports library) : base(0, ownsHandle: true)
    {
        _library = library;
        SetHandle(library.Create());
        if (IsInvalid) throw new InsufficientMemoryException("libzstd has no memory for another decompression context.");
        if (library.ErrorOf(library.SetParameter(handle, WindowLogMaxParameter, WindowLogMax)) is { } error)
        {
            throw new InvalidOperationException($"libzstd refused the window limit: {error}");
        }
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Decodes what it can.</summary>
    /// <returns>True once the frame has ended and all its content was handed out.</returns>
    /// <exception cref="InvalidDataException">The frame is damaged or its window too large.</exception>
    public unsafe bool Decompress(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int produced)
    {
        fixed (byte* from = input, to = output)
        {
            var source = new ZstdLibrary.Region { Start = from, Size = (nuint)input.Length };
            var target = new ZstdLibrary.Region { Start = to, Size = (nuint)output.Length };
            nuint result = _library.Decompress(handle, &target, &source);
            if (_library.ErrorOf(result) is { } error) throw new InvalidDataException(error);
            (consumed, produced) = ((int)source.Position, (int)target.Position);
            return result == 0;
        }
    }

    protected override bool ReleaseHandle()
    {
        _library.Free(handle);
        return true;
    }
}
