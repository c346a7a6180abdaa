using System.Runtime.InteropServices;

namespace Cvmfs.Net.Cli;

/// <summary>Ctrl-C, SIGTERM and SIGHUP: the first asks to finish what is begun, the second to stop at once.</summary>
/// <remarks>"At once" is the command's own affair where it takes <see cref="Stop"/>; otherwise the second signal does what signals do to a
/// process, and what is stored has to bear that.</remarks>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _count;
    private int _exitCode = ExitCodes.Interrupted;
    private volatile bool _stopIsTaken;
    private volatile Action? _hangUp;

    /// <summary>Cancelled by the first interrupt. Commands that only read take this one.</summary>
    public CancellationToken Drain => _drain.Token;

    /// <summary>Cancelled by the second interrupt.</summary>
    public CancellationToken Stop
    {
        get
        {
            _stopIsTaken = true;
            return _stop.Token;
        }
    }

    /// <summary>What an interrupted command returns: 128 and the number of the first signal.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <summary>Whether anyone has asked to end.</summary>
    public bool IsRequested => Volatile.Read(ref _count) > 0;

    /// <summary>Listens to the signals of this process until disposed.</summary>
    public static Interruption OfProcess()
    {
        var interruption = new Interruption();
        foreach (var (signal, exitCode) in (ReadOnlySpan<(PosixSignal, int)>)
            [(PosixSignal.SIGINT, ExitCodes.Interrupted), (PosixSignal.SIGTERM, ExitCodes.Terminated), (PosixSignal.SIGHUP, ExitCodes.HungUp)])
        {
            interruption._registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                if (signal == PosixSignal.SIGHUP && interruption.HangUp())
                {
                    context.Cancel = true;
                    return;
                }

                context.Cancel = !interruption.IsRequested || interruption._stopIsTaken;
                interruption.Signal(exitCode);
            }));
        }

        return interruption;
    }

    /// <summary>Makes SIGHUP mean something else than an end: reading files anew. The action must not wait.</summary>
    public void TakeHangUp(Action action) => _hangUp = action;

    /// <summary>What SIGHUP does.</summary>
    /// <returns>False where nobody has taken it, so that it is an interrupt.</returns>
    public bool HangUp()
    {
        if (_hangUp is not { } action) return false;
        action();
        return true;
    }

    /// <summary>One interrupt; what a signal does.</summary>
    public void Signal(int exitCode = ExitCodes.Interrupted)
    {
        if (Interlocked.Increment(ref _count) != 1)
        {
            _stop.Cancel();
            return;
        }

        Volatile.Write(ref _exitCode, exitCode);
        _drain.Cancel();
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _drain.Dispose();
        _stop.Dispose();
    }
}
