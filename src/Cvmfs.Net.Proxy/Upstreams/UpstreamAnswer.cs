using Cvmfs.Net.Proxy.Diagnostics;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>What asking one upstream came to: its head, and its body still to be read. Disposing it before the end drops the transfer.</summary>
internal abstract class UpstreamAnswer(UpstreamAttempt attempt) : IDisposable
{
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

    /// <summary>A field of the head, its values joined by commas; null where there is none.</summary>
    public abstract string? Header(string name);

    /// <summary>Reads a piece of the body; zero at its proper end only.</summary>
    /// <exception cref="UpstreamException">The body ended early, fell silent or broke HTTP.</exception>
    /// <exception cref="OperationCanceledException">The token given here or when it was sent.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

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
