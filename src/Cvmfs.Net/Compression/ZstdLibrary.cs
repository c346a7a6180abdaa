using System.Runtime.InteropServices;

namespace Cvmfs.Net.Compression;

/// <summary>The system's libzstd, looked for when the first zstd object is met. Its absence is a property of that object, not an error of the program.</summary>
internal static unsafe class ZstdLibrary
{
    private static readonly Lazy<Exports?> s_exports = new(Load);

    public static bool IsAvailable => s_exports.Value is not null;

    public static Exports? Instance => s_exports.Value;

    private static Exports? Load()
    {
        string[] names = OperatingSystem.IsWindows() ? ["libzstd.dll", "zstd.dll"]
            : OperatingSystem.IsMacOS() ? ["libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib"]
            : ["libzstd.so.1"]; // the name without a number belongs to the development package
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint library) && Exports.TryBind(library) is { } exports) return exports;
        }

        return null;
    }

    /// <summary>A region of memory and how far the library got in it: <c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Region
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    /// <summary>The five functions that reading takes; stable since libzstd 1.4.</summary>
    public sealed class Exports
    {
        private readonly delegate* unmanaged<nint> _create;
        private readonly delegate* unmanaged<nint, nuint> _free;
        private readonly delegate* unmanaged<nint, int, int, nuint> _setParameter;
        private readonly delegate* unmanaged<nint, Region*, Region*, nuint> _decompress;
        private readonly delegate* unmanaged<nuint, uint> _isError;
        private readonly delegate* unmanaged<nuint, byte*> _errorName;

        private Exports(nint create, nint free, nint setParameter, nint decompress, nint isError, nint errorName)
        {
            _create = (delegate* unmanaged<nint>)create;
            _free = (delegate* unmanaged<nint, nuint>)free;
            _setParameter = (delegate* unmanaged<nint, int, int, nuint>)setParameter;
            _decompress = (delegate* unmanaged<nint, Region*, Region*, nuint>)decompress;
            _isError = (delegate* unmanaged<nuint, uint>)isError;
            _errorName = (delegate* unmanaged<nuint, byte*>)errorName;
        }

        public static Exports? TryBind(nint library)
            => NativeLibrary.TryGetExport(library, "ZSTD_createDCtx", out nint create)
                && NativeLibrary.TryGetExport(library, "ZSTD_freeDCtx", out nint free)
                && NativeLibrary.TryGetExport(library, "ZSTD_DCtx_setParameter", out nint setParameter)
                && NativeLibrary.TryGetExport(library, "ZSTD_decompressStream", out nint decompress)
                && NativeLibrary.TryGetExport(library, "ZSTD_isError", out nint isError)
                && NativeLibrary.TryGetExport(library, "ZSTD_getErrorName", out nint errorName)
                    ? new Exports(create, free, setParameter, decompress, isError, errorName)
                    : null;

        public nint Create() => _create();

        public void Free(nint context) => _free(context);

        public nuint SetParameter(nint context, int parameter, int value) => _setParameter(context, parameter, value);

        public nuint Decompress(nint context, Region* output, Region* input) => _decompress(context, output, input);

        /// <summary>The library's words for a result that is an error, or null for one that is not.</summary>
        public string? ErrorOf(nuint result) => _isError(result) == 0 ? null : Marshal.PtrToStringUTF8((nint)_errorName(result));
    }
}
