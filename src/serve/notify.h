/* Telling systemd how the service is: the datagrams of sd_notify(3). */
#ifndef NOMEN_SERVE_NOTIFY_H
#define NOMEN_SERVE_NOTIFY_H

/* Sends "READY=1", "STOPPING=1", "RELOADING=1\nMONOTONIC_USEC=..." to $NOTIFY_SOCKET; nothing where there is none. */
void nomen_notify(const char *state);

#endif
