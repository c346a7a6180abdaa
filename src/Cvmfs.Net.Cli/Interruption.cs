using System.Runtime.InteropServices;

namespace Cvmfs.Net.Cli;

/// <summary>Ctrl-C and SIGTERM: the first asks to finish what is begun, the second to stop at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _count;

    /// <summary>Cancelled by the first interrupt. Commands that only read take this one.</summary>
    public CancellationToken Drain => _drain.Token;

    /// <summary>Cancelled by the second interrupt.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Whether anyone has asked to end.</summary>
    public bool IsRequested => Volatile.Read(ref _count) > 0;

    /// <summary>Listens to the signals of this process until disposed.</summary>
    public static Interruption OfProcess()
    {
        var interruption = new Interruption();
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM])
        {
            interruption._registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                interruption.Signal();
            }));
        }

        return interruption;
    }

    /// <summary>One interrupt; what a signal does.</summary>
    public void Signal()
    {
        if (Interlocked.Increment(ref _count) == 1) _drain.Cancel();
        else _stop.Cancel();
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _drain.Dispose();
        _stop.Dispose();
    }
}
