using System.Buffers;
using Cvmfs.Net.Proxy.Diagnostics;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>What asking one upstream came to: its head, and its body still to be read. Disposing it before the end drops the transfer.</summary>
internal abstract class UpstreamAnswer(UpstreamAttempt attempt) : IDisposable
{
    private static readonly SearchValues<char> s_shown = SearchValues.Create(['\t', .. Enumerable.Range(' ', '~' - ' ' + 1).Select(static letter => (char)letter)]);

    private const int FirstBytes = 4096; // of a body without an announced length

    /// <summary>What was asked.</summary>
    public UpstreamAttempt Attempt { get; } = attempt;

    /// <summary>Where received bytes are counted; nowhere where null.</summary>
    public UpstreamMetrics? Meter { get; set; }

    /// <summary>Why there is no answer; <see cref="UpstreamFailure.None"/> where there is one, whatever its status.</summary>
    public virtual UpstreamFailure Failure => UpstreamFailure.None;

    /// <summary>Status of the answer, 200 to 599; 0 without one.</summary>
    public abstract int Status { get; }

    /// <summary>Announced length of the body in bytes; null where none is announced.</summary>
    public abstract long? ContentLength { get; }

    /// <summary>Whether the body is in a coding other than its own bytes: nothing here undoes one, and no hash fits.</summary>
    public bool HasContentCoding => Header("Content-Encoding") is { Length: > 0 } coding && !coding.Equals("identity", StringComparison.OrdinalIgnoreCase);

    /// <summary>A field of the head as the server sent it, its values joined by commas; null where there is none. For decisions; for what goes on to
    /// clients see <see cref="Shown"/>.</summary>
    public abstract string? Header(string name);

    /// <summary>A field as clients may be sent it; null where there is none, or one that has to be dropped.</summary>
    public string? Shown(string name) => ShownOf(Header(name));

    /// <summary>The value of a field as clients may be sent it: printable ASCII and tabs, or nothing. The web server refuses to write the rest, and
    /// would make an error of the whole answer.</summary>
    public static string? ShownOf(string? value) => value is not null && !value.AsSpan().ContainsAnyExcept(s_shown) ? value : null;

    /// <summary>Reads a piece of the body; zero at its proper end only.</summary>
    /// <exception cref="UpstreamException">The body ended early, fell silent or broke HTTP.</exception>
    /// <exception cref="OperationCanceledException">The token given here or when it was sent.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Reads the body whole. Null where it is longer than the bound, of which no more than one byte is read.</summary>
    /// <param name="maxBytes">Longest body that is borne.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="UpstreamException">The body ended early, fell silent or broke HTTP.</exception>
    /// <exception cref="OperationCanceledException">The token given here or when it was sent.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadWholeAsync(int maxBytes, CancellationToken cancellationToken)
    {
        if (ContentLength > maxBytes) return null;
        byte[] buffer = new byte[(int)Math.Min(ContentLength ?? FirstBytes, maxBytes) + 1];
        int length = 0;
        for (int read; (read = await ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false)) > 0;)
        {
            length += read;
            if (length > maxBytes) return null;
            if (length == buffer.Length) Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, maxBytes + 1L));
        }

        return buffer.AsMemory(0, length);
    }

    public abstract void Dispose();

    /// <summary>Counts bytes of the body that came.</summary>
    protected int Took(int bytes)
    {
        if (bytes > 0) Meter?.Received(Attempt.Asked!.Name, bytes);
        return bytes;
    }

    /// <summary>There is no answer.</summary>
    public static UpstreamAnswer None(UpstreamAttempt attempt, UpstreamFailure failure) => new NoAnswer(attempt, failure);

    private sealed class NoAnswer(UpstreamAttempt attempt, UpstreamFailure failure) : UpstreamAnswer(attempt)
    {
        public override UpstreamFailure Failure { get; } = failure;

        public override int Status => 0;

        public override long? ContentLength => null;

        public override string? Header(string name) => null;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
            => throw new InvalidOperationException($"{Attempt.Url} gave no answer: {Failure}.");

        public override void Dispose()
        {
        }
    }
}
