// A site's caching proxy as a service. Settings come from appsettings.json, the environment or the command line:
//
//   dotnet run --project samples/SiteProxy -- --Proxy:Upstream:AllowedDestinations:0 '*.eessi.science' --Proxy:Storage:Folders:0 /var/cache/cvmfs-net
//
// then, on the clients: CVMFS_HTTP_PROXY=http://this-host:3128
using Cvmfs.Net.Proxy;

var builder = WebApplication.CreateSlimBuilder(args);
var options = new ProxyOptions { Storage = { Folders = { Path.Combine(AppContext.BaseDirectory, "cache") } } };
builder.Configuration.GetSection("Proxy").Bind(options);

builder.WebHost.ConfigureKestrel(kestrel => kestrel.UseCvmfsProxyLimits());
if (builder.Configuration["urls"] is null) builder.WebHost.UseUrls("http://127.0.0.1:3128");
builder.Services.AddCvmfsProxy(options);

var app = builder.Build();
app.RunCvmfsProxy();
await app.RunAsync();
