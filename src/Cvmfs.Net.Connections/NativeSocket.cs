using System.Net;
using System.Runtime.InteropServices;

namespace Cvmfs.Net.Connections;

/// <summary>The system calls of an event loop. Linux, 64 bit. Descriptors are plain numbers: whoever holds one closes it, once.</summary>
internal static unsafe partial class NativeSocket
{
    public const uint Readable = 0x1;
    public const uint Writable = 0x4;
    public const uint Failed = 0x8;
    public const uint HungUp = 0x10;
    public const uint PeerClosed = 0x2000;
    public const uint EdgeTriggered = 0x80000000;

    private const int TryAgain = 11;
    private const int Interrupted = 4;
    private const int IOError = 5;
    private const int StaleHandle = 116;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int NoSignal = 0x4000;
    private const int More = 0x8000;
    private const int Tcp = 6;
    private const int NoDelay = 1;
    private const int UnsentLimit = 25; // TCP_NOTSENT_LOWAT
    private const int AddressBytes = 128;

    /// <summary>What the kernel takes for one client beyond what is on its way. Without a bound it takes megabytes for each that does not read.</summary>
    private const int MaxUnsentBytes = 512 << 10;

    /// <summary>Bytes of one event: packed on x64, aligned elsewhere.</summary>
    private static readonly int s_eventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    /// <summary>Whether these calls are as they are declared here.</summary>
    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>What a call that must not wait came to.</summary>
    public enum Outcome : byte
    {
        Done,
        WouldWait,
        Broken,

        /// <summary>The file, not the connection, is at fault.</summary>
        Unreadable,
    }

    public static int CreatePoll() => Checked(epoll_create1(CloseOnExec), "epoll_create1");

    public static int CreateWakeUp() => Checked(eventfd(0, CloseOnExec | NonBlocking), "eventfd");

    public static void Wake(int wakeUp)
    {
        ulong one = 1;
        _ = write(wakeUp, &one, sizeof(ulong)); // full means that it is awake already
    }

    public static void ClearWakeUp(int wakeUp)
    {
        ulong count;
        _ = read(wakeUp, &count, sizeof(ulong));
    }

    /// <summary>Lets others that wait for this processor go first.</summary>
    public static void Yield() => _ = sched_yield(); // cannot fail on Linux

    /// <summary>Watches a descriptor; events carry the tag.</summary>
    public static void Watch(int poll, int descriptor, uint events, int tag)
    {
        byte* entry = stackalloc byte[16];
        *(uint*)entry = events;
        *(ulong*)(entry + s_eventBytes - 8) = (uint)tag;
        Checked(epoll_ctl(poll, 1, descriptor, entry), "epoll_ctl");
    }

    public static void Unwatch(int poll, int descriptor)
    {
        byte* entry = stackalloc byte[16];
        _ = epoll_ctl(poll, 2, descriptor, entry); // fails only where it is not watched
    }

    /// <summary>Bytes to give to <see cref="Wait"/> for so many events.</summary>
    public static int BytesOf(int events) => events * s_eventBytes;

    /// <summary>Waits for events, at most so many milliseconds.</summary>
    /// <returns>Number of events.</returns>
    public static int Wait(int poll, Span<byte> events, int milliseconds)
    {
        fixed (byte* at = events)
        {
            int count = epoll_wait(poll, at, events.Length / s_eventBytes, milliseconds);
            return count >= 0 || Marshal.GetLastPInvokeError() == Interrupted ? Math.Max(count, 0) : throw Failure("epoll_wait");
        }
    }

    public static (uint Events, int Tag) Event(ReadOnlySpan<byte> events, int index)
    {
        var entry = events.Slice(index * s_eventBytes, s_eventBytes);
        return (MemoryMarshal.Read<uint>(entry), (int)MemoryMarshal.Read<ulong>(entry[(s_eventBytes - 8)..]));
    }

    /// <summary>Takes a waiting connection, ready for use without waiting.</summary>
    /// <returns>Its descriptor; -1 when none waits, -2 when the process or the system has no room for one.</returns>
    public static int Accept(int listener, out IPAddress address)
    {
        address = IPAddress.None;
        byte* peer = stackalloc byte[AddressBytes];
        int length = AddressBytes;
        int descriptor = accept4(listener, peer, &length, CloseOnExec | NonBlocking);
        if (descriptor < 0) return Marshal.GetLastPInvokeError() is 23 or 24 or 12 or 105 ? -2 : -1; // ENFILE, EMFILE, ENOMEM, ENOBUFS
        ushort family = *(ushort*)peer;
        if (family == 2) address = new IPAddress(new ReadOnlySpan<byte>(peer + 4, 4));
        else if (family == 10) address = new IPAddress(new ReadOnlySpan<byte>(peer + 8, 16));
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        int on = 1;
        _ = setsockopt(descriptor, Tcp, NoDelay, &on, sizeof(int));
        int unsent = MaxUnsentBytes;
        _ = setsockopt(descriptor, Tcp, UnsentLimit, &unsent, sizeof(int));
        return descriptor;
    }

    public static Outcome Receive(int descriptor, Span<byte> buffer, out int received)
    {
        fixed (byte* at = buffer)
        {
            received = (int)recv(descriptor, at, (nuint)buffer.Length, 0);
            return received >= 0 ? Outcome.Done : FailureOf();
        }
    }

    /// <summary>Sends two pieces in one call.</summary>
    /// <param name="descriptor">The connection.</param>
    /// <param name="head">First piece.</param>
    /// <param name="body">Second piece; may be empty.</param>
    /// <param name="hasMore">Whether a file follows at once, so that the pieces may wait for it.</param>
    /// <param name="sent">Bytes taken of both.</param>
    public static Outcome Send(int descriptor, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, bool hasMore, out long sent)
    {
        fixed (byte* headAt = head)
        fixed (byte* bodyAt = body)
        {
            var pieces = stackalloc Piece[2];
            pieces[0] = new Piece { At = headAt, Bytes = (nuint)head.Length };
            pieces[1] = new Piece { At = bodyAt, Bytes = (nuint)body.Length };
            var message = new Message { Pieces = pieces, Count = body.IsEmpty ? 1u : 2u };
            sent = sendmsg(descriptor, &message, NoSignal | (hasMore ? More : 0));
            if (sent >= 0) return Outcome.Done;
            sent = 0;
            return FailureOf();
        }
    }

    /// <summary>Sends a part of a file from the page cache, without copying it through this process.</summary>
    public static Outcome SendFile(int descriptor, int file, ref long offset, long bytes, out long sent)
    {
        fixed (long* at = &offset)
        {
            sent = sendfile(descriptor, file, at, (nuint)bytes);
            if (sent > 0 || bytes == 0) return Outcome.Done;
            if (sent == 0) return Outcome.Unreadable; // shorter than it was
            sent = 0;
            return Marshal.GetLastPInvokeError() is IOError or StaleHandle ? Outcome.Unreadable : FailureOf();
        }
    }

    /// <summary>Says that nothing more will be sent; what was sent still arrives.</summary>
    public static void FinishSending(int descriptor) => _ = shutdown(descriptor, 1);

    public static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>Closes so that the other side sees a break rather than an end.</summary>
    public static void Abort(int descriptor)
    {
        long lingerOnWithoutTime = 1; // struct linger: on, zero seconds
        _ = setsockopt(descriptor, 1, 13, &lingerOnWithoutTime, sizeof(long));
        _ = close(descriptor);
    }

    public static void SetNonBlocking(int descriptor) => Checked(fcntl(descriptor, 4, fcntl(descriptor, 3, 0) | NonBlocking), "fcntl");

    private static Outcome FailureOf() => Marshal.GetLastPInvokeError() is TryAgain or Interrupted ? Outcome.WouldWait : Outcome.Broken;

    private static int Checked(int result, string call) => result >= 0 ? result : throw Failure(call);

    private static IOException Failure(string call)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"{call}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    private struct Piece
    {
        public byte* At;
        public nuint Bytes;
    }

    private struct Message
    {
        public void* Name;
        public nuint NameBytes; // a socklen_t and its padding
        public Piece* Pieces;
        public nuint Count;
        public void* Control;
        public nuint ControlBytes;
        public nint Flags;
    }

    [LibraryImport("libc")]
    private static partial int sched_yield();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int poll, int operation, int descriptor, byte* entry);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int poll, byte* events, int count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint count, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int listener, byte* address, int* length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int descriptor, int level, int name, void* value, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int descriptor, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "sendfile64", SetLastError = true)]
    private static partial nint sendfile(int target, int file, long* offset, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int shutdown(int descriptor, int how);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, void* buffer, nuint count);
}
