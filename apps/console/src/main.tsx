import './theme/mantine.css'
import './theme/global.css'
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/client.ts'
import { createAppRouter } from './app/router.tsx'
import { startI18n } from './i18n/index.ts'
import { theme } from './theme/mantine.ts'

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Only what another attempt can cure is attempted again: no answer at all, or a server that is starting.
      retry: (count, error) =>
        count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      refetchOnWindowFocus: false,
    },
  },
})
const router = createAppRouter(queryClient)

await startI18n()
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
