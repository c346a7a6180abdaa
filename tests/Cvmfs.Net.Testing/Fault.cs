using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Testing;

/// <summary>What a <see cref="FakeStratum"/> does instead of answering properly.</summary>
public sealed class Fault
{
    private readonly Func<HttpContext, byte[]?, Task> _act;

    private Fault(Func<HttpContext, byte[]?, Task> act) => _act = act;

    /// <summary>Anything: the context, and the bytes that a proper answer would carry (null where there are none).</summary>
    public static Fault Act(Func<HttpContext, byte[]?, Task> act) => new(act);

    /// <summary>A status without a body.</summary>
    /// <param name="status">The code.</param>
    /// <param name="headers">Headers to add, such as <c>Retry-After</c>.</param>
    public static Fault Status(int status, params (string Name, string Value)[] headers) => new((context, _) =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers) context.Response.Headers[name] = value;
        return Task.CompletedTask;
    });

    /// <summary>The proper answer with headers added.</summary>
    public static Fault Headers(params (string Name, string Value)[] headers) => new((context, body) =>
    {
        foreach (var (name, value) in headers) context.Response.Headers[name] = value;
        return SendAsync(context, body ?? []);
    });

    /// <summary>Announces everything, sends that many bytes, breaks the connection.</summary>
    public static Fault BreakAfter(int bytes) => new(async (context, body) =>
    {
        body ??= [];
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.AsMemory(0, Math.Min(bytes, body.Length)));
        await context.Response.Body.FlushAsync();
        context.Abort();
    });

    /// <summary>Breaks the connection before answering.</summary>
    public static Fault Reset() => new((context, _) =>
    {
        context.Abort();
        return Task.CompletedTask;
    });

    /// <summary>A whole, well-announced answer that lacks the end.</summary>
    public static Fault CutTo(int bytes) => new((context, body) => SendAsync(context, (body ?? [])[..Math.Min(bytes, body?.Length ?? 0)]));

    /// <summary>Announces a length that is not the body's, then ends: more than there is breaks the connection, less cuts the body.</summary>
    public static Fault AnnounceLength(long length) => new(async (context, body) =>
    {
        body ??= [];
        context.Response.ContentLength = length;
        await context.Response.Body.WriteAsync(body.AsMemory(0, (int)Math.Min(length, body.Length)));
        await context.Response.Body.FlushAsync();
        if (length > body.Length) context.Abort();
    });

    /// <summary>One bit of the body is wrong.</summary>
    /// <param name="at">Which byte; taken modulo the length.</param>
    public static Fault FlipBit(int at = 0) => new((context, body) =>
    {
        byte[] wrong = [.. body ?? [0]];
        wrong[at % wrong.Length] ^= 0x10;
        return SendAsync(context, wrong);
    });

    /// <summary>Other bytes altogether.</summary>
    public static Fault Replace(byte[] body) => new((context, _) => SendAsync(context, body));

    /// <summary>Says nothing until the gate opens, then answers properly.</summary>
    public static Fault StallBefore(Gate gate) => new(async (context, body) =>
    {
        await gate.PassAsync(context.RequestAborted);
        await SendAsync(context, body ?? []);
    });

    /// <summary>Sends that many bytes, then nothing until the gate opens, then the rest.</summary>
    public static Fault StallAfter(int bytes, Gate gate) => new(async (context, body) =>
    {
        body ??= [];
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.AsMemory(0, bytes));
        await context.Response.Body.FlushAsync();
        await gate.PassAsync(context.RequestAborted);
        await context.Response.Body.WriteAsync(body.AsMemory(bytes));
    });

    /// <summary>Sends the body in pieces, each when the test releases the semaphore once.</summary>
    public static Fault Drip(int pieceBytes, SemaphoreSlim pieces) => new(async (context, body) =>
    {
        body ??= [];
        context.Response.ContentLength = body.Length;
        await context.Response.Body.FlushAsync(); // the headers at once
        for (int at = 0; at < body.Length; at += pieceBytes)
        {
            await pieces.WaitAsync(context.RequestAborted);
            await context.Response.Body.WriteAsync(body.AsMemory(at, Math.Min(pieceBytes, body.Length - at)));
            await context.Response.Body.FlushAsync();
        }
    });

    /// <summary>Redirects.</summary>
    public static Fault Redirect(string location, int status = 302) => Status(status, ("Location", location));

    /// <summary>Sends zeros without announcing a length, for as long as somebody listens.</summary>
    public static Fault Endless() => new(async (context, _) =>
    {
        byte[] zeros = new byte[64 * 1024];
        while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(zeros, context.RequestAborted);
    });

    /// <summary>The proper answer, in chunks, without a length.</summary>
    public static Fault WithoutLength() => new(async (context, body) =>
    {
        await context.Response.StartAsync();
        await context.Response.Body.WriteAsync(body ?? []);
    });

    internal static Task SendAsync(HttpContext context, byte[] body)
    {
        context.Response.Headers.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body).AsTask();
    }

    internal Task ActAsync(HttpContext context, byte[]? body) => _act(context, body);
}
