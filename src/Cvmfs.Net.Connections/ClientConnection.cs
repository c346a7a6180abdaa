using System.Buffers;
using System.Net;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Connections;

/// <summary>One client at an event loop. Only the loop's thread touches it, except while it is away for an answer.</summary>
/// <remarks>An idle client costs this object and what the kernel keeps. One that reads slowly costs besides either a reference to shared
/// content or an open file; nothing is copied for it but a head that did not fit. A program derives what it remembers of a request.</remarks>
internal class ClientConnection(int descriptor, IPAddress address)
{
    /// <summary>Bytes of a file that are sent before others get their turn.</summary>
    private const long TurnBytes = 512 << 10;

    private byte[] _stash = [];
    private int _stashed;
    private byte[] _head = [];
    private int _headAt;
    private byte[]? _body;
    private SafeFileHandle? _file;
    private IDisposable? _lease;
    private long _at;
    private long _end;
    private Phase _phase;
    private long _requestsBefore;

    public int Descriptor { get; } = descriptor;

    public IPAddress Address { get; } = address;

    /// <summary>Its place in the loop's table.</summary>
    public int Slot { get; set; }

    public bool IsClosed { get; set; }

    /// <summary>Whether bytes may be waiting in the kernel.</summary>
    public bool MayRead { get; set; } = true;

    /// <summary>Whether the client sends no more. Its end is said once, perhaps together with its last bytes, so it is read up to that end.</summary>
    public bool IsPeerDone { get; set; }

    /// <summary>Whether it waits for an answer from elsewhere.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whether it waits for its next turn.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Whether another one has to go for it.</summary>
    public bool TakesPlace { get; set; }

    /// <summary>Whether the answer in hand is the last one.</summary>
    public bool ClosesAfterwards { get; set; }

    /// <summary>Whether more of the answer in hand is to come when what there is of it is sent.</summary>
    public bool IsUnfinished { get; set; }

    /// <summary>Whether all is sent and only the client's own end is waited for.</summary>
    public bool IsLingering { get; set; }

    /// <summary>Its place among idle clients; see <see cref="IdleEviction"/>.</summary>
    public ClientConnection? IdleBefore { get; set; }

    /// <summary>The one that became idle after it.</summary>
    public ClientConnection? IdleAfter { get; set; }

    /// <summary><see cref="Since"/> when it got its place; null where it has none.</summary>
    public long? IdleSince { get; set; }

    /// <summary>When what it waits for began; in the loop's time.</summary>
    public long Since { get; private set; }

    /// <summary>Requests so far.</summary>
    public long Requests { get; set; }

    /// <summary>Bytes sent so far, of this and earlier answers.</summary>
    public long Sent { get; private set; }

    /// <summary><see cref="Sent"/> at <see cref="Since"/>.</summary>
    public long SentBefore { get; private set; }

    /// <summary>Whether something is still to be sent.</summary>
    public bool HasOutput => _headAt < _head.Length || _at < _end;

    /// <summary>Whether part of a request has come.</summary>
    public bool HasInput => _stashed > 0;

    /// <summary>Whether the next request may be looked at.</summary>
    public bool IsFree => !IsAway && !IsLingering && !HasOutput && !IsUnfinished;

    /// <summary>Whether nothing is asked, answered or waited for.</summary>
    public bool IsIdle => IsFree && !HasInput && !IsQueued;

    /// <summary>Says that it waits. A new time begins if it waits for something else than before: who sends a head byte by byte gains none.</summary>
    public void Settle(long now)
    {
        var phase = IsLingering ? Phase.Lingering : HasOutput ? Phase.Taking : HasInput ? Phase.Asking : Phase.Idle;
        if (phase == _phase && Requests == _requestsBefore) return;
        (_phase, _requestsBefore) = (phase, Requests);
        Restart(now);
    }

    /// <summary>Begins a new time.</summary>
    public void Restart(long now) => (Since, SentBefore) = (now, Sent);

    /// <summary>Keeps input for later.</summary>
    public void Stash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        _stash = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(_stash);
        _stashed = bytes.Length;
    }

    /// <summary>Puts bytes that were taken back before the kept input.</summary>
    public void Unread(ReadOnlySpan<byte> bytes)
    {
        byte[] whole = [.. bytes, .. _stash.AsSpan(0, _stashed)];
        if (_stashed > 0) ArrayPool<byte>.Shared.Return(_stash);
        _stashed = 0;
        Stash(whole);
    }

    /// <summary>Takes all kept input, in an array of its own.</summary>
    public byte[] Unstash()
    {
        byte[] bytes = new byte[_stashed];
        Unstash(bytes);
        return bytes;
    }

    /// <summary>Takes kept input.</summary>
    public int Unstash(Span<byte> target)
    {
        if (_stashed == 0) return 0;
        int length = _stashed;
        _stash.AsSpan(0, length).CopyTo(target);
        ArrayPool<byte>.Shared.Return(_stash);
        (_stash, _stashed) = ([], 0);
        return length;
    }

    /// <summary>Begins to send.</summary>
    /// <param name="head">What goes first; may be empty where something follows.</param>
    /// <param name="body">What follows, where it is in memory.</param>
    /// <param name="file">What follows, where it is in a file.</param>
    /// <param name="lease">Disposed when nothing of it is needed any more, whether it was sent or not.</param>
    /// <param name="start">First byte of <paramref name="body"/> or <paramref name="file"/>.</param>
    /// <param name="length">Bytes of it.</param>
    public NativeSocket.Outcome Send(ReadOnlySpan<byte> head, byte[]? body, SafeFileHandle? file, IDisposable? lease, long start, long length)
    {
        (_body, _file, _lease, _at, _end) = (body, file, lease, start, start + length);
        var content = body is null ? default : body.AsSpan((int)start, (int)length);
        var outcome = NativeSocket.Send(Descriptor, head, content, file is not null, out long sent);
        if (outcome == NativeSocket.Outcome.Broken) return outcome;
        Sent += sent;
        if (sent < head.Length)
        {
            _head = head[(int)sent..].ToArray();
            _headAt = 0;
            sent = 0;
        }
        else
        {
            sent -= head.Length;
        }

        _at += sent;
        return HasOutput ? Continue() : Finish();
    }

    /// <summary>Goes on sending. Done may also mean: enough for this turn; see <see cref="HasOutput"/>.</summary>
    public NativeSocket.Outcome Continue()
    {
        if (_file is null)
        {
            while (HasOutput)
            {
                var rest = _body is null ? default : _body.AsSpan((int)_at, (int)(_end - _at));
                var outcome = NativeSocket.Send(Descriptor, _head.AsSpan(_headAt), rest, false, out long sent);
                if (outcome != NativeSocket.Outcome.Done) return outcome;
                Took(sent);
            }

            return Finish();
        }

        return ContinueFile(_file);
    }

    /// <summary>Lets go of everything but the descriptor.</summary>
    public virtual void Release()
    {
        Finish();
        if (_stashed > 0) ArrayPool<byte>.Shared.Return(_stash);
        (_stash, _stashed) = ([], 0);
    }

    /// <summary>Is told that the file in hand cannot be read, or is shorter than it was. The client sees a break.</summary>
    protected virtual void FileFailed()
    {
    }

    private NativeSocket.Outcome ContinueFile(SafeFileHandle file)
    {
        while (_headAt < _head.Length)
        {
            var outcome = NativeSocket.Send(Descriptor, _head.AsSpan(_headAt), default, true, out long sent);
            if (outcome != NativeSocket.Outcome.Done) return outcome;
            Took(sent);
        }

        for (long turn = 0; _at < _end && turn < TurnBytes;)
        {
            var outcome = NativeSocket.SendFile(Descriptor, (int)file.DangerousGetHandle(), ref _at, Math.Min(_end - _at, TurnBytes), out long sent);
            if (outcome == NativeSocket.Outcome.Unreadable)
            {
                FileFailed();
                return NativeSocket.Outcome.Broken; // only a break says so
            }

            if (outcome != NativeSocket.Outcome.Done) return outcome;
            Sent += sent;
            turn += sent;
        }

        return _at < _end ? NativeSocket.Outcome.Done : Finish();
    }

    private void Took(long sent)
    {
        Sent += sent;
        int ofHead = (int)Math.Min(sent, _head.Length - _headAt);
        _headAt += ofHead;
        _at += sent - ofHead;
    }

    private NativeSocket.Outcome Finish()
    {
        _lease?.Dispose();
        (_head, _headAt, _body, _file, _lease, _at, _end) = ([], 0, null, null, null, 0, 0);
        return NativeSocket.Outcome.Done;
    }

    private enum Phase : byte
    {
        Idle,
        Asking,
        Taking,
        Lingering,
    }
}
